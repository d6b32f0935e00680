// Tries to take a lock once the file `go` is there, says whether it has it, and holds it.
import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { tryProcessLock } from '../../../../src/runtime/embedded/process-lock.mjs';

const { path, go }: { path: string; go: string } = JSON.parse(process.argv[2] ?? '{}');

process.stdout.write('waiting\n');
while (
  !(await access(go).then(
    () => true,
    () => false,
  ))
) {
  await delay(1);
}
const { lock, holder } = await tryProcessLock(path);
process.stdout.write(lock === undefined ? `held by ${holder.pid}\n` : 'taken\n');
process.once('SIGTERM', () => {
  void lock?.release().then(() => process.exit(0));
});
setInterval(() => undefined, 1000);
