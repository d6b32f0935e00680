import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { CONTRADICTORY, UNKNOWN_KEY } from '../../domain/sync/dead-letter.ts';
import { nextCursorOf } from '../transport/page-walk.ts';
import { reasonOf, UnreadableError } from '../transport/wire-values.ts';

/** Something that contradicts itself within one answer of GitHub: nobody knows what of it is true. */
export function toContradiction(key: string | null, reason: string): RejectedFact {
  return { naturalKey: key ?? UNKNOWN_KEY, reasonCode: CONTRADICTORY, reason };
}

/** The key of a row, for its reason; anything that is no number counts as unknown. */
function keyOf(id: unknown): string | null {
  return Number.isSafeInteger(id) ? String(id) : null;
}

/**
 * Which keys a list has more than once, with how often. Within one answer that is a contradiction: which of them is the
 * one that GitHub has cannot be told.
 */
export function findRepeated(keys: readonly (string | null)[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) {
    if (key !== null) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return new Map([...counts].filter(([, count]) => count > 1));
}

/**
 * Reads the rows of a list one by one: what cannot be read is rejected with the reason, alone. A list that did not come,
 * an empty entry and rows of the same id are contradictions, and rejected too.
 * @param rows as they came; null, as the schema has it, where GitHub has none to give
 * @param what what is listed, for the reason: `releases`
 * @param idOf GitHub's id of a row, for the reason's key; anything that is no number counts as unknown
 * @throws UnreadableError when it is no list
 */
export function mapEach<Raw extends object, Fact>(
  rows: readonly (Raw | null)[] | null,
  what: string,
  map: (raw: Raw) => Fact,
  idOf: (raw: Raw) => unknown,
): { readonly facts: Fact[]; readonly rejected: RejectedFact[] } {
  if (rows === null) {
    return {
      facts: [],
      rejected: [toContradiction(null, `GitHub's answer has no list of ${what}, and no error.`)],
    };
  }
  const facts: Fact[] = [];
  const rejected: RejectedFact[] = [];
  if (!Array.isArray(rows)) {
    throw new UnreadableError(`the ${what} are no list`);
  }
  const entries = rows as readonly (Raw | null)[];
  const keys = entries.map((raw) => (raw == null ? null : keyOf(idOf(raw))));
  const repeated = findRepeated(keys);
  for (const [key, count] of repeated) {
    rejected.push(
      toContradiction(key, `GitHub lists ${key} ${count} times in one answer about ${what}.`),
    );
  }
  for (const [index, raw] of entries.entries()) {
    const key = keys[index] ?? null;
    if (raw == null) {
      rejected.push(toContradiction(null, `GitHub leaves an entry of its ${what} empty.`));
    } else if (key === null || !repeated.has(key)) {
      try {
        facts.push(map(raw));
      } catch (error) {
        const reason = reasonOf(error);
        rejected.push({ naturalKey: key ?? UNKNOWN_KEY, reasonCode: 'UNREADABLE', reason });
      }
    }
  }
  return { facts, rejected };
}

/**
 * Reads a page of a list as `mapEach` does, and where the list goes on. One that goes on nobody knows where is a
 * contradiction too: what is read of it is good, and it is not whole.
 * @param asked the cursor that the page was asked for with; null for the first
 * @returns nextCursor null at the end, and where the cursor is missing, cannot be kept or does not lead on
 * @throws UnreadableError when its nodes are no list
 */
export function mapPage<Raw extends object, Fact>(
  page: Parameters<typeof nextCursorOf>[0] & { readonly nodes: readonly (Raw | null)[] | null },
  what: string,
  map: (raw: Raw) => Fact,
  idOf: (raw: Raw) => unknown,
  asked: string | null,
): {
  readonly facts: Fact[];
  readonly rejected: RejectedFact[];
  readonly nextCursor: string | null;
} {
  const { facts, rejected } = mapEach(page.nodes, what, map, idOf);
  try {
    return { facts, rejected, nextCursor: nextCursorOf(page, asked) };
  } catch (error) {
    const contradiction = toContradiction(null, reasonOf(error, `The list of ${what}: `));
    return { facts, rejected: [...rejected, contradiction], nextCursor: null };
  }
}

/**
 * Reads a page of numbers of what GitHub does not answer for otherwise: each is rejected as too heavy, and the list goes
 * on behind it.
 * @param asked the cursor that the page was asked for with; null for the first
 * @throws UnreadableError when its nodes are no list
 */
export function passOver(
  page: Parameters<typeof nextCursorOf>[0] & {
    readonly nodes: readonly ({ readonly databaseId: number | null } | null)[] | null;
  },
  what: string,
  asked: string | null,
): { readonly rejected: RejectedFact[]; readonly nextCursor: string | null } {
  const { facts, rejected, nextCursor } = mapPage(
    page,
    what,
    ({ databaseId }): RejectedFact => ({
      naturalKey: keyOf(databaseId) ?? UNKNOWN_KEY,
      reasonCode: 'TOO_HEAVY',
      reason: `GitHub could not answer for one of the ${what} in time, even alone.`,
    }),
    ({ databaseId }) => databaseId,
    asked,
  );
  return { rejected: [...facts, ...rejected], nextCursor };
}
