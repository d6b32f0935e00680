import { cleanText } from '../../domain/core/clean-text.ts';
import type { GapFact } from '../../domain/pulls/github-facts.ts';
import {
  MAX_WORD_CHARACTERS,
  reasonOf,
  shortenKey,
  type TextCleaner,
} from '../transport/wire-values.ts';

/** What names an entry of a list. */
const MAX_ITEM_BYTES = 300;

/** A word of a set that GitHub may add to. */
export interface ReadWord<Value> {
  /** Null where the word is not known. */
  readonly known: Value | null;
  /** The word as it came where it is not known; null where it is, or where it is no text. */
  readonly raw: string | null;
}

/** What is remembered while a pull request is read. */
export interface Notes {
  readonly cleaner: TextCleaner;
  readonly gaps: GapFact[];
}

/**
 * Reads the values of one entry of a pull request, such as a check. What cannot be read is noted as a gap and costs the
 * pull request nothing.
 */
export class EntryReader {
  readonly cleaner: TextCleaner;
  private readonly gaps: GapFact[];
  private readonly list: GapFact['list'];
  private readonly itemOf: () => string;

  /** @param itemOf what names the entry; asked for with a gap, which few entries have */
  constructor({ cleaner, gaps }: Notes, list: GapFact['list'], itemOf: () => string) {
    this.cleaner = cleaner;
    this.gaps = gaps;
    this.list = list;
    this.itemOf = itemOf;
  }

  /** Notes that a value could not be read. @param word GitHub's, where it is one that is not known */
  note(field: string, reason: string, word: string | null = null): void {
    const item = shortenKey(cleanText(this.itemOf()).text, MAX_ITEM_BYTES);
    this.gaps.push({ list: this.list, item, field, word, reason });
  }

  /** A value, or null with a gap where it cannot be read. */
  optional<T>(field: string, read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      this.note(field, reasonOf(error));
      return null;
    }
  }

  /** A word of a set that GitHub may add to; one that is not in it is kept, and noted. */
  word<Value>(field: string, value: unknown, words: ReadonlyMap<string, Value>): ReadWord<Value> {
    const text = typeof value === 'string' ? value : null;
    const known = text === null ? undefined : words.get(text);
    if (known !== undefined) {
      return { known, raw: null };
    }
    const raw = text === null ? null : cleanText(text.slice(0, MAX_WORD_CHARACTERS)).text;
    this.note(field, raw === null ? `${field} is no text` : `${field} is not known`, raw);
    return { known: null, raw };
  }

  /** A text that is part of a key; one that no index holds is shortened, and noted. */
  key(field: string, value: string): string {
    const text = this.cleaner.clean(value, field);
    const short = shortenKey(text);
    if (short !== text) {
      this.note(field, `${field} has ${text.length} characters, too many for a key: shortened`);
    }
    return short;
  }
}

/** A map of words that stand for themselves. */
export function wordsOf<Word extends string>(...words: readonly Word[]): ReadonlyMap<string, Word> {
  return new Map(words.map((word) => [word, word]));
}

/** Where entries stand: which list, and which page of it (empty for the first). */
export interface EntryPlace {
  readonly list: GapFact['list'];
  readonly page: string;
}

/**
 * Reads the entries of a list one by one. One that cannot be read is left out, which is noted, and costs neither its
 * neighbours nor the pull request anything.
 * @param itemOf what names an entry; its place in the list where that is no text or number
 */
export function readEntries<Raw, Read>(
  entries: readonly Raw[],
  { list, page }: EntryPlace,
  itemOf: (raw: Raw) => unknown,
  notes: Notes,
  read: (raw: Raw, reader: EntryReader) => readonly Read[],
): Read[] {
  return entries.flatMap((raw, index) => {
    const { gaps } = notes;
    const reader = new EntryReader(
      notes,
      list,
      () => nameOf(() => itemOf(raw)) ?? `#${page}${index}`,
    );
    const before = gaps.length;
    try {
      return read(raw, reader);
    } catch (error) {
      const reason = reasonOf(error);
      // What is left out has no values that could be unknown.
      gaps.length = before;
      reader.note('entry', reason);
      return [];
    }
  });
}

function nameOf(read: () => unknown): string | null {
  try {
    const name = read();
    return (typeof name === 'string' && name !== '') || typeof name === 'number'
      ? String(name)
      : null;
  } catch {
    // Not even an object: its place names it.
    return null;
  }
}
