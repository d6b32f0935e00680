import type { Db } from '../core/client.ts';

/** How long nothing is noted after it failed: a database that takes no writes is not asked at each request. */
const QUIET_MS = 60_000;

const NOTE = `SELECT throughline_note_token_use(
  ARRAY(SELECT decode(hash, 'hex') FROM unnest($1::text::text[]) AS hash))::text AS noted`;

/**
 * Makes the function that notes when tokens were last used, beside the requests that use them: nobody waits for it, and what
 * fails is left out. It sends one statement at a time, with all tokens that came meanwhile, and none for a token that is
 * being written, which each look-up still finds due.
 * @param clock milliseconds that only grow
 * @returns takes the SHA-256, in hexadecimal, of tokens whose use is due to be noted
 */
export function createTokenUseNotes(
  db: Pick<Db, '$queryRawUnsafe'>,
  clock: () => number,
): (tokenHashes: readonly string[]) => void {
  let writing: ReadonlySet<string> = new Set();
  let waiting = new Set<string>();
  let quietUntil = Number.NEGATIVE_INFINITY;

  async function write(): Promise<void> {
    while (waiting.size > 0 && clock() >= quietUntil) {
      writing = waiting;
      waiting = new Set();
      try {
        await db.$queryRawUnsafe(NOTE, `{${[...writing].join(',')}}`);
      } catch {
        quietUntil = clock() + QUIET_MS;
      }
    }
    waiting.clear();
    writing = new Set();
  }

  return (tokenHashes) => {
    if (clock() < quietUntil) {
      return;
    }
    for (const hash of tokenHashes) {
      if (!writing.has(hash)) {
        waiting.add(hash);
      }
    }
    if (writing.size === 0) {
      void write();
    }
  };
}
