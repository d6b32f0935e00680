/** What an object and a value cost, in tenths of a point. */
export const OBJECT = 10;
export const VALUE = 1;

/**
 * Points that an answer came to: one for each object in it and a tenth for each value, null included.
 * @param uncounted names of root fields that cost nothing, or were counted otherwise
 */
export function countAnswered(data: unknown, uncounted: ReadonlySet<string>): number {
  if (typeof data !== 'object' || data === null) {
    return 0;
  }
  let tenths = 0;
  for (const [name, value] of Object.entries(data)) {
    if (!uncounted.has(name)) {
      tenths += countValue(value);
    }
  }
  return Math.ceil(tenths / OBJECT);
}

function countValue(value: unknown): number {
  if (Array.isArray(value)) {
    let tenths = 0;
    for (const item of value) {
      tenths += countValue(item);
    }
    return tenths;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) {
    return VALUE;
  }
  let tenths = OBJECT;
  for (const name in value) {
    tenths += countValue((value as Record<string, unknown>)[name]);
  }
  return tenths;
}
