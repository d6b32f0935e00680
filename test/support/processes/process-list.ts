import { readdir, readFile } from 'node:fs/promises';

/** The command lines of all processes of this machine (Linux). */
export async function readProcessTable(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && Number(name) !== process.pid) {
      // A process may end while it is looked at.
      const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      lines.push(line.replaceAll('\0', ' '));
    }
  }
  return lines;
}
