// `npm run verify`: every check in turn, cheapest first. Stops at the first that fails and says which one it was.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Scripts of package.json. */
const CHECKS = [
  'lint',
  'unused',
  'schema:check',
  'rooms',
  'generated:check',
  'migrations:check',
  'format:check',
  'typecheck',
];

/** Runs a command with our own output; answers whether it ended well. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (error !== undefined) {
    process.stderr.write(`${error.message}\n`);
  }
  return status === 0;
}

/** The npm that runs us, else the one on PATH. */
function runScript(name) {
  const npm = process.env.npm_execpath ?? '';
  return npm.endsWith('.js')
    ? run(process.execPath, [npm, 'run', '--silent', name])
    : run('npm', ['run', '--silent', name]);
}

function step(name, work) {
  process.stdout.write(`\n── ${name}\n`);
  const startedAt = performance.now();
  const passed = work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`── ${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  if (!passed) {
    process.stdout.write(`\nverify stopped at ${name}; run it alone with: npm run ${name}\n`);
    process.exit(1);
  }
  return `${name} ${seconds} s`;
}

if (!run(process.execPath, [join(ROOT, 'scripts/bootstrap.mjs'), 'install'])) {
  process.exit(1);
}
const times = CHECKS.map((name) => step(name, () => runScript(name)));
process.stdout.write(`\nverify passed: ${times.join(', ')}\n`);
