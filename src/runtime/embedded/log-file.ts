import { readFile, stat } from 'node:fs/promises';

/** A log that has grown larger is begun anew by the next start. */
export const LARGEST_LOG = 10 * 1024 * 1024;

/** Bytes of a file; 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.size ?? 0;
}

/** The last lines of a log, of those that begin behind `start`, in bytes. */
export async function readTail(path: string, start: number, lines: number): Promise<string> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  return bytes.subarray(start).toString('utf8').trim().split('\n').slice(-lines).join('\n');
}
