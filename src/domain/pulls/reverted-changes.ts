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

const RANGE_LIMIT = MAX_REVERTED;

/** What a body says that the pull request reverts. */
export interface RevertedChanges {
  /** `#12` of the same repository, `owner/name#12` of another one, a commit or a range of commits `abc1234..def5678`. */
  readonly changes: readonly string[];
  /** Whether a line says nothing else, or the body begins with it: it then is a revert whatever its title is. */
  readonly isStated: boolean;
}

/**
 * Reads what a body says it reverts. Only lines count that begin so; code, quotes, comments and folded parts do not.
 * @param repository `owner/name` of the pull request
 */
export function readRevertedChanges(body: string | null, repository: string): RevertedChanges {
  const changes = new Set<string>();
  let isStated = false;
  if (body === null || !/revert|roll|back|undoes/i.test(body)) {
    return { changes: [], isStated };
  }
  let wasStated = true;
  let hasItems = false;
  for (const { text, isItem } of visibleLines(body)) {
    const { found, isWhole } = readLine(text, repository);
    hasItems ||= isItem;
    // Below the list of the commits of a squash, git's sentence tells of one of them.
    const isAlone = isWhole && !isItem && (!hasItems || /^reverts\s/i.test(text));
    wasStated = found.length > 0 && (wasStated || isAlone);
    if (wasStated) {
      isStated = true;
      found.forEach((change) => changes.add(change));
    }
  }
  return { changes: [...changes].slice(0, MAX_REVERTED), isStated };
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
  while (found.length < MAX_REVERTED) {
    ONE.lastIndex = at;
    const one = ONE.exec(line);
    if (one === null) {
      break;
    }
    found.push(...toChanges(one.groups ?? {}, repository));
    at = ONE.lastIndex;
    JOINED.lastIndex = at;
    if (JOINED.exec(line) === null) {
      break;
    }
    at = JOINED.lastIndex;
  }
  const rest = line.slice(at).trim();
  return { found, isWhole: /^[.!]?$|^,?\s*reversing\b/.test(rest) };
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

/** Lines with words of the author's own. */
function visibleLines(body: string): VisibleLine[] {
  const text = body
    .slice(0, MAX_BODY)
    .replaceAll('\r', '')
    .replaceAll(/<!--[^]*?(?:-->|$)/g, '')
    .replaceAll(/<(details|blockquote|pre|code)\b[^]*?(?:<\/\1>|$)/gi, '');
  const lines: VisibleLine[] = [];
  let fence: string | null = null;
  for (const raw of text.split('\n')) {
    const mark = /^ {0,3}(```+|~~~+)/.exec(raw)?.[1]?.slice(0, 3);
    if (mark !== undefined && (fence === null || fence === mark)) {
      fence = fence === null ? mark : null;
      continue;
    }
    if (fence !== null || /^(?: {4}|\t| {0,3}>| {0,3}#{1,6}\s|\s*$)/.test(raw)) {
      continue;
    }
    const item = /^\s*(?:[*+-]|\d{1,3}[.)])\s+(?:\[[ x]\]\s+)?(.*)$/i.exec(raw);
    const line = (item?.[1] ?? raw).trim().replaceAll(/^[*_]{1,3}|[*_]{1,3}$/g, '');
    if (line !== '') {
      lines.push({ text: line, isItem: item !== null });
    }
  }
  return lines;
}
