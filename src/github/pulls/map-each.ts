import { cleanText } from '../../domain/core/clean-text.ts';
import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { MAX_REASON_CHARACTERS } from './map-facts.ts';
import { UnreadableError } from '../transport/wire-values.ts';

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
      if (!(error instanceof UnreadableError) && !(error instanceof TypeError)) {
        throw error;
      }
      const id = raw === null || raw === undefined ? null : idOf(raw);
      rejected.push({
        naturalKey: Number.isSafeInteger(id) ? String(id) : 'unknown',
        reasonCode: 'UNREADABLE',
        reason: cleanText(error.message.slice(0, MAX_REASON_CHARACTERS)).text,
      });
    }
  }
  return { facts, rejected };
}
