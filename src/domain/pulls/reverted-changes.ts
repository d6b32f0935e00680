/** Changes that one pull request may name: more are cut off. */
export const MAX_REVERTED = 50;

/** Longer bodies are read so far. */
const MAX_BODY = 65_536;

const REPOSITORY = String.raw`[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}`;
const NUMBER = String.raw`\d{1,9}`;
const SHA = String.raw`[0-9a-f]{7,40}`;
/** `#12`, `owner/name#12`, an address on GitHub, `GH-12`; a commit; each with what a range ends with. */
const REFERENCE = [
  String.raw`(?:https?://[\w.:-]{1,200}/(?<urlRepository>${REPOSITORY})/(?:pull|issues)/(?<urlNumber>${NUMBER})(?:[#?/][^\s,)]{0,200})?)`,
  String.raw`(?:https?://[\w.:-]{1,200}/(?:${REPOSITORY})/commit/(?<urlSha>${SHA})\b)`,
  String.raw`(?:(?<repository>${REPOSITORY})?#(?<number>${NUMBER})(?:\s*(?:-|–|—|\.{2,3}|to|through)\s*(?:${REPOSITORY})?#?(?<last>${NUMBER})\b)?)`,
  String.raw`(?:gh-(?<ghNumber>${NUMBER}))`,
  String.raw`(?:(?<sha>${SHA})\b(?:[~^]\d{0,2})?(?:\.{2,3}(?<lastSha>${SHA})\b)?)`,
].join('|');
const NAMED = String.raw`(?:the\s+)?(?:pull requests?|prs?|commits?|changesets?|merge(?:\s+commit)?)?\s*[\x60\[(<"]?`;
const CLOSED = String.raw`[\x60\])>"]?(?:\([^()\s]{1,300}\))?`;
const ONE = new RegExp(`${NAMED}(?:${REFERENCE})${CLOSED}`, 'iuy');
const JOINED = /\s*(?:,\s*(?:and\s+)?|&\s*|\+\s*|and\s+)/iuy;

/** How a line begins that says it: GitHub's "Reverts owner/name#12", git's "This reverts commit …". */
const SAYS =
  /^(?:this\s+(?:(?:pr|pull request|change|commit|patch)\s+)?)?(?:partial(?:ly)?\s+|manual(?:ly)?\s+)?(?:reverts?|rolls?\s+back|backs?\s+out|undoes|revert\s+of|rollback\s+of|reverting)\s*:?\s+(?=\S)/iu;

/** Punctuation and pictures; a question is no statement. */
const NOTHING_ELSE = /^(?:(?![?¿])[\p{P}\p{S}\s])*$/u;

const RANGE_LIMIT = MAX_REVERTED;

/** What a body says that the pull request reverts. */
export interface RevertedChanges {
  /** `#12` of the same repository, `owner/name#12` of another one, a commit or a range of commits `abc1234..def5678`. */
  readonly changes: readonly string[];
  /** Whether a line says it and nothing else: it then is a revert whatever its title is. */
  readonly isStated: boolean;
}

/**
 * Reads what a body says it reverts. Only lines count that begin so; code, quotes, comments, folded parts and boxes that
 * are not ticked do not. A line that goes on ("Reverts #12 if …") may tell what the product does: it names changes for
 * a title that says revert, and makes no revert itself.
 * @param repository `owner/name` of the pull request
 */
export function readRevertedChanges(body: string | null, repository: string): RevertedChanges {
  if (body === null || !/revert|roll|back|undoes/i.test(body)) {
    return { changes: [], isStated: false };
  }
  const lines = visibleLines(body).map((line) => ({ ...line, ...readLine(line.text, repository) }));
  const stated = new Set<string>();
  let isBeginning = true;
  let hasItems = false;
  for (const { text, isItem, found, isWhole } of lines) {
    hasItems ||= isItem;
    // Below the list of the commits of a squash, git's sentence tells of one of them.
    const isAlone = isWhole && !isItem && (!hasItems || /^reverts\s/i.test(text));
    isBeginning &&= isWhole && found.length > 0;
    if (found.length > 0 && (isBeginning || isAlone)) {
      found.forEach((change) => stated.add(change));
    }
  }
  const isStated = stated.size > 0;
  const changes = isStated ? [...stated] : [...new Set(lines.flatMap(({ found }) => found))];
  return { changes: changes.slice(0, MAX_REVERTED), isStated };
}

function readLine(
  line: string,
  repository: string,
): { readonly found: string[]; readonly isWhole: boolean } {
  const head = SAYS.exec(line);
  if (head === null) {
    return { found: [], isWhole: false };
  }
  const found: string[] = [];
  let at = head[0].length;
  for (;;) {
    ONE.lastIndex = at;
    const one = ONE.exec(line);
    if (one === null) {
      break;
    }
    found.push(...toChanges(one.groups ?? {}, repository).slice(0, MAX_REVERTED - found.length));
    at = ONE.lastIndex;
    JOINED.lastIndex = at;
    if (JOINED.exec(line) === null) {
      break;
    }
    at = JOINED.lastIndex;
  }
  const rest = line.slice(at).trim();
  return { found, isWhole: NOTHING_ELSE.test(rest) || /^,?\s*reversing\b/.test(rest) };
}

function toChanges(groups: Readonly<Record<string, string | undefined>>, own: string): string[] {
  const sha = groups['sha'] ?? groups['urlSha'];
  if (sha !== undefined) {
    const last = groups['lastSha'];
    // A number is no commit.
    return /[a-f]/i.test(sha) || sha.length > 9
      ? [(last === undefined ? sha : `${sha}..${last}`).toLowerCase()]
      : [];
  }
  const named = groups['repository'] ?? groups['urlRepository'] ?? own;
  const prefix = named.toLowerCase() === own.toLowerCase() ? '' : named;
  const first = Number(groups['number'] ?? groups['urlNumber'] ?? groups['ghNumber']);
  const last = groups['last'] === undefined ? first : Number(groups['last']);
  const count = last >= first ? Math.min(last - first + 1, RANGE_LIMIT) : 1;
  return Array.from({ length: count }, (_, index) => `${prefix}#${first + index}`);
}

/** A line without its bullet. */
interface VisibleLine {
  readonly text: string;
  readonly isItem: boolean;
}

/** A fence of a block of code: what it is made of, and what stands behind it. */
const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;

/** Code, a quote, a heading or nothing. */
const UNSAID = /^(?: {4}|\t| {0,3}>| {0,3}#{1,6}\s|\s*$)/;

/** A quote, or a box that is not ticked. */
const UNSAID_ITEM = /^(?:>|\[ ?\](?:\s|$))/;

/** Lines with words of the author's own. */
function visibleLines(body: string): VisibleLine[] {
  const text = body
    .slice(0, MAX_BODY)
    .replaceAll('\r', '')
    .replaceAll(/<!--[^]*?(?:-->|$)/g, '')
    .replaceAll(/<(details|blockquote|pre|code)\b[^]*?(?:<\/\1>|$)/gi, '');
  const lines: VisibleLine[] = [];
  let fence = '';
  for (const raw of text.split('\n')) {
    const item = /^\s*(?:[*+-]|\d{1,3}[.)])\s+(.*)$/.exec(raw);
    const [, mark, behind = ''] = FENCE.exec(item?.[1] ?? raw) ?? [];
    // A block ends with a fence that is at least as long and says nothing; one on one line is no block.
    const isFence = fence === '' ? !behind.includes('`') : behind.trim() === '';
    if (mark?.startsWith(fence) === true && isFence) {
      fence = fence === '' ? mark : '';
      continue;
    }
    if (fence !== '' || UNSAID.test(raw) || UNSAID_ITEM.test(item?.[1] ?? '')) {
      continue;
    }
    const words = item?.[1]?.replace(/^\[x\]\s+/i, '') ?? raw;
    const line = words.trim().replaceAll(/^[*_]{1,3}|[*_]{1,3}$/g, '');
    if (line !== '') {
      lines.push({ text: line, isItem: item !== null });
    }
  }
  return lines;
}
