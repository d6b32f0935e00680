import { readFile, writeFile } from 'node:fs/promises';

/** Sets the highest resident memory of the process back to what it has at the moment; see proc(5). */
const RESET_PEAK = '5';

const PEAK = /^VmHWM:\s+(\d+) kB$/m;

/**
 * By how many bytes `work` raises the resident memory of this process at its highest. The mark is set back before: else
 * what came before would hide it.
 * @throws Error of the system where there is no /proc, as outside of Linux
 */
export async function measurePeak<T>(
  work: () => Promise<T>,
): Promise<{ readonly bytes: number; readonly result: T }> {
  await writeFile('/proc/self/clear_refs', RESET_PEAK);
  const before = process.memoryUsage.rss();
  const result = await work();
  const [, kilobytes = '0'] = PEAK.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  return { bytes: Math.max(0, Number(kilobytes) * 1_024 - before), result };
}
