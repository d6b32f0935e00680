import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

/** Waits until a check no longer throws; rejects with its last error when it never comes to that. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE_MS });
}
