import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureGenerated, ensureInstalled } from './install.mjs';
import { createInterrupts } from './interrupts.mjs';
import { supervise } from './supervise.mjs';
import { withTestFolder } from './test-folder.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const USAGE = `Usage: node scripts/bootstrap.mjs <command>
  install          install the locked dependencies and generate code, when they are not up to date
  start [options]  install, then start Throughline (npm start -- --help lists the options)
  test [options]   install, then run the tests (the options are those of vitest run)
  run <command>    install, then run a command of the command line tool
  bench <name>     install, then measure (npm run bench -- --help lists the names)
  chaos <name>     install, then make faults on purpose (npm run chaos -- --help lists the names)
`;

/** Does what the arguments say and sets the exit code: that of the program, 128 + n when signal n ended it. */
export async function main([command, ...args]) {
  const interrupts = createInterrupts();
  try {
    process.exitCode = await dispatch(command, args, interrupts);
  } catch (error) {
    if (error.exitCode === undefined) {
      throw error;
    }
    process.stderr.write(error.message === '' ? '' : `${error.message}\n`);
    process.exitCode = error.exitCode;
  } finally {
    interrupts.close();
  }
}

async function dispatch(command, args, interrupts) {
  const programs = {
    install: undefined,
    start: () => cli(['start', ...args]),
    run: () => cli(args),
    bench: () => sources(join(ROOT, 'bench', 'main.ts'), args),
    chaos: () => sources(join(ROOT, 'chaos', 'main.ts'), args),
    test: () => ({
      nodeArgs: [],
      script: join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
      args: ['run', ...args],
      cwd: ROOT,
    }),
  };
  if (!Object.hasOwn(programs, command ?? '')) {
    process.stderr.write(USAGE);
    return 2;
  }
  await ensureInstalled(ROOT, interrupts);
  await ensureGenerated(ROOT, interrupts);
  const program = programs[command]?.();
  if (program === undefined) {
    return 0;
  }
  return command === 'test'
    ? withTestFolder((TMPDIR) => supervise({ ...program, env: { TMPDIR } }, interrupts))
    : supervise(program, interrupts);
}

function cli(args) {
  return sources(join(ROOT, 'src', 'cli', 'main.ts'), args);
}

/** A program run from its sources; it sees paths relative to where it was called. */
function sources(script, args) {
  const tsx = join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  return {
    nodeArgs: ['--import', pathToFileURL(tsx).href],
    script,
    args,
    cwd: process.cwd(),
  };
}
