/**
 * What stands at the head of a title. Teams and tools put tags, tickets and kinds of change before what a change is:
 * `[release-1] ABC-12: Draft: chore(deps)!: Revert "Add search"`.
 */
export interface TitleHead {
  /** The title behind everything that was taken off its head. */
  readonly rest: string;
  /** Kinds of change that were taken off, lower case: of `chore(revert)!:` the kind and its scope. */
  readonly kinds: readonly { readonly kind: string; readonly scope: string | null }[];
  /** Words of tags in brackets, lower case. */
  readonly tags: readonly string[];
  /** Gitmoji that were taken off, as their names: `rewind`. */
  readonly emoji: readonly string[];
  /** Whether a word such as "automatically" came off, which may tell what the product does. */
  readonly isQualified: boolean;
}

/** Longer heads say nothing more. */
const MAX_TITLE = 400;
const MAX_PARTS = 8;

const TAG = /^(?:\[([^[\]]{1,60})\]|\(([^()]{1,60})\)|【([^【】]{1,60})】)[\s:–—-]*/u;
const TICKET =
  /^(?:[A-Za-z][A-Za-z0-9_]{0,15}-\d{1,7}|#\d{1,9}|v?\d+(?:\.[\dx]+)+)(?:\s*[:|–—-]\s*|\s+)(?=\S)/u;
const SHORTCODE = /^:([a-z0-9_+-]{1,40}):\s*/u;
const PICTURE = /^(\p{Extended_Pictographic})(?:\uFE0F|\u200D|\p{Extended_Pictographic})*\s*/u;
const QUALIFIER =
  /^(?:wip|draft|backport(?:ed)?(?: of)?|cherry[- ]?pick(?:ed)?(?: of)?|manual(?:ly)?|automat(?:ed|ic|ically)|auto|partial(?:ly)?|temporar(?:y|ily)|emergency|urgent|please)(?:\s*[:|–—-]\s*|\s+)(?=\S)/iu;
const KIND = /^([A-Za-z][\w./-]{0,39})(?:\(([^()]{0,60})\))?!?\s*:(?!:)\s*(?=\S)/u;

const PICTURES: ReadonlyMap<string, string> = new Map([
  ['⏪', 'rewind'],
  ['🚑', 'ambulance'],
]);

/**
 * Takes tags, tickets, emoji, qualifiers and kinds of change off the head of a title.
 * @param isKept whether a word before a colon says what the change is, and stays
 */
export function readTitleHead(title: string, isKept: (kind: string) => boolean): TitleHead {
  let rest = title.slice(0, MAX_TITLE).trim();
  const kinds: { kind: string; scope: string | null }[] = [];
  const tags: string[] = [];
  const emoji: string[] = [];
  let isQualified = false;
  for (let part = 0; part < MAX_PARTS; part += 1) {
    const tag = TAG.exec(rest);
    const shortcode = SHORTCODE.exec(rest);
    const picture = PICTURE.exec(rest);
    const kind = KIND.exec(rest);
    const plain = TICKET.exec(rest) ?? QUALIFIER.exec(rest);
    if (tag !== null) {
      tags.push((tag[1] ?? tag[2] ?? tag[3] ?? '').trim().toLowerCase());
    } else if (shortcode !== null) {
      emoji.push(shortcode[1] ?? '');
    } else if (picture !== null) {
      emoji.push(PICTURES.get(picture[1] ?? '') ?? '');
    } else if (plain === null && kind !== null && !isKept((kind[1] ?? '').toLowerCase())) {
      kinds.push({
        kind: (kind[1] ?? '').toLowerCase(),
        scope: kind[2]?.trim().toLowerCase() ?? null,
      });
    } else if (plain === null) {
      break;
    } else {
      isQualified ||= /^(?:auto|manual|please)/i.test(plain[0]);
    }
    rest = rest.slice((tag ?? shortcode ?? picture ?? plain ?? kind)?.[0].length).trimStart();
  }
  return { rest, kinds, tags, emoji, isQualified };
}
