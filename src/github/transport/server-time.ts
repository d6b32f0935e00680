import { instantAt } from '../../domain/core/instants.ts';

/** The server's clock, to the second, as the Date header of an answer gives it; null where it does not. */
export function readServerTime(
  headers: Readonly<Record<string, string | number | undefined>>,
): Date | null {
  return instantAt(Date.parse(String(headers['date'])));
}
