import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_DIRECTORY, runNode, type Script } from './script.ts';

function bootstrapModule(name: string): string {
  return pathToFileURL(join(PROJECT_DIRECTORY, 'scripts', 'bootstrap', name)).href;
}

/** Runs a program, given as the text of a module, as `npm start` would. */
export async function superviseProgram(
  directory: string,
  program: string,
  args: readonly string[] = [],
): Promise<Script> {
  const { driver } = await writeDriver(directory, program);
  return runNode([driver, ...args], { npm_lifecycle_event: undefined });
}

/** Writes the program, and a driver that runs it under the bootstrap's supervision. */
export async function writeDriver(
  directory: string,
  program: string,
): Promise<{ readonly driver: string }> {
  const script = join(directory, 'program.mjs');
  const driver = join(directory, 'driver.mjs');
  await writeFile(script, program);
  await writeFile(
    driver,
    `import { createInterrupts } from '${bootstrapModule('interrupts.mjs')}';
     import { supervise } from '${bootstrapModule('supervise.mjs')}';
     const interrupts = createInterrupts();
     const script = ${JSON.stringify(script)};
     const program = { nodeArgs: [], script, args: process.argv.slice(2), cwd: process.cwd() };
     process.exitCode = await supervise(program, interrupts);
     interrupts.close();`,
  );
  return { driver };
}

/** A project with a lock file and an npm that only pretends: it notes each run and makes node_modules. */
export interface PretendProject {
  readonly root: string;
  /** Writes package-lock.json with one package of this version. */
  writeLock(version: string): Promise<void>;
  /** Makes npm behave as this text of a module says; \`finish()\` does what npm does at its end. */
  writeNpm(program: string): Promise<void>;
  /** Runs the bootstrap's install step. */
  install(): Script;
}

export async function createPretendProject(root: string): Promise<PretendProject> {
  const npm = join(root, 'npm-cli.js');
  const driver = join(root, 'driver.mjs');
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await writeFile(
    driver,
    `import { ensureInstalled } from '${bootstrapModule('install.mjs')}';
     import { createInterrupts } from '${bootstrapModule('interrupts.mjs')}';
     const interrupts = createInterrupts();
     try {
       await ensureInstalled(${JSON.stringify(root)}, interrupts);
     } catch (error) {
       process.stdout.write(error.message + '\\n');
       process.exitCode = error.exitCode ?? 99;
     }
     interrupts.close();`,
  );
  return {
    root,
    async writeLock(version) {
      const packages = { '': {}, 'node_modules/left': { version } };
      await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    },
    async writeNpm(program) {
      await writeFile(
        npm,
        `import fs from 'node:fs';
         fs.appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n');
         function finish() {
           const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
           fs.mkdirSync('node_modules/left', { recursive: true });
           delete packages[''];
           fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
         }
         ${program}`,
      );
    },
    install: () => runNode([driver], { npm_lifecycle_event: undefined, npm_execpath: npm }),
  };
}
