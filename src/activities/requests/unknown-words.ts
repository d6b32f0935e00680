import { asyncLocalStorage } from '@temporalio/activity';

/** Words that one process remembers; GitHub adds a few a year, and a server that only looks like it may send any. */
const MAX_WORDS = 1_000;

/** A word of GitHub's that is not known, and where it stood. */
export interface UnknownWord {
  /** What it is a word of: `check.conclusion`. */
  readonly field: string;
  /** Null where what could not be read is no word. */
  readonly word: string | null;
}

/** Says in the log that GitHub uses a word that is not known. */
export type WarnOfWord = (message: string, attributes: { field: string; word: string }) => void;

/** Warns in the log of the activity that runs; outside an activity, as in tests of one, nobody is warned. */
export const warnInActivity: WarnOfWord = (message, attributes) => {
  asyncLocalStorage.getStore()?.log.warn(message, attributes);
};

/** Makes what logs each word that is not known once in the life of a worker, however many rows have it. */
export function createUnknownWordLog(warn: WarnOfWord): (words: readonly UnknownWord[]) => void {
  const logged = new Set<string>();
  return (words) => {
    for (const { field, word } of words) {
      const key = `${field}:${word}`;
      if (word !== null && !logged.has(key) && logged.size < MAX_WORDS) {
        logged.add(key);
        warn('GitHub uses a word that is not known: it is kept beside UNKNOWN', { field, word });
      }
    }
  };
}
