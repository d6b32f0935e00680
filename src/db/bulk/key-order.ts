import type { SqlScalar } from '../core/array-literal.ts';

/** Compares two values of a key column as PostgreSQL orders them, text by bytes (`COLLATE "C"`). */
export function compareKeyParts(
  a: SqlScalar | readonly string[],
  b: SqlScalar | readonly string[],
): number {
  if (typeof a === 'string' && typeof b === 'string') {
    return compareByBytes(a, b);
  }
  const [left, right] = [a ?? '', b ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Bytes of UTF-8 have the order of code points; JavaScript's own order is that of UTF-16, where surrogates are low. */
function compareByBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) {
      return isSurrogate(left) === isSurrogate(right)
        ? left - right
        : Number(isSurrogate(left)) - Number(isSurrogate(right));
    }
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
