// `npm run reliability`: runs the tests of what hostile users and failing servers do, and prints the table of
// docs/reliability.md: inputs tried, and how many ended well.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const faults = JSON.parse(readFileSync(join(ROOT, 'test/support/reliability/faults.json'), 'utf8'));

const child = spawn(
  process.execPath,
  [
    'scripts/bootstrap.mjs',
    'test',
    '--reporter=dot',
    '--reporter=./test/support/reliability/reporter.ts',
    ...faults.flatMap(({ files }) => files),
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
const passOn = (signal) => child.kill(signal);
process.on('SIGINT', passOn).on('SIGTERM', passOn);
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
