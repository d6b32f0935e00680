/** Units in which quantities are shown to people. */
export type Unit = 'text' | 'count' | 'bytes' | 'share' | 'seconds' | 'milliseconds';

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes in the largest unit that leaves a number of at least 1: `512 B`, `19.5 KB`, `2.1 GB`; 1 KB is 1,024 B. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** Whole numbers with a comma at each thousand. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A share of 1 as a percentage with one digit; 99.95 % and more is not rounded up to 100 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${(percent > 99.9 && percent < 100 ? Math.floor(percent * 100) / 100 : Math.round(percent * 10) / 10).toString()} %`;
}

/** Seconds as the largest two units: `3 d 4 h`, `5 h 12 m`, `40 s`. */
export function formatDuration(seconds: number): string {
  const sign = seconds < 0 ? '-' : '';
  const total = Math.abs(seconds);
  const units = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor((total % 86_400) / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'm'],
    [Math.floor(total % 60), 's'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  if (first === -1) {
    return '0 s';
  }
  const shown = units
    .slice(first, first + 2)
    .filter(([amount], index) => index === 0 || amount > 0);
  return `${sign}${shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ')}`;
}

/** A quantity as text, with its unit; a dash when it is not known. */
export function formatQuantity(value: string | number | null, unit: Unit): string {
  if (value === null || typeof value === 'string') {
    return value ?? '–';
  }
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'share':
      return formatShare(value);
    case 'seconds':
      return formatDuration(value);
    case 'milliseconds':
      return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
    case 'count':
      return formatCount(value);
    case 'text':
      return String(value);
  }
}
