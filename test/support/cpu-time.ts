/** Milliseconds of CPU that work takes: unlike time on a clock they say nothing about what else the machine does. */
export function measureCpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
