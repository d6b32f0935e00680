import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { reasonOf } from '../transport/wire-values.ts';

/**
 * Reads the rows of a list one by one: what cannot be read is rejected with the reason, alone.
 * @param idOf GitHub's id of a row, for the reason's key; anything that is no number counts as unknown
 */
export function mapEach<Raw, Fact>(
  rows: readonly Raw[],
  map: (raw: Raw) => Fact,
  idOf: (raw: Raw) => unknown,
): { readonly facts: Fact[]; readonly rejected: RejectedFact[] } {
  const facts: Fact[] = [];
  const rejected: RejectedFact[] = [];
  for (const raw of rows) {
    try {
      facts.push(map(raw));
    } catch (error) {
      const reason = reasonOf(error);
      const id = raw === null || raw === undefined ? null : idOf(raw);
      rejected.push({
        naturalKey: Number.isSafeInteger(id) ? String(id) : 'unknown',
        reasonCode: 'UNREADABLE',
        reason,
      });
    }
  }
  return { facts, rejected };
}
