import { readTitleHead } from './title-form.ts';

/** What a revert is named by, in the order in which a title is looked at. */
const WORDS = {
  revert: String.raw`revert(?:s|ed|ing)?(?:\^\d{1,2})?`,
  // What git calls the revert of a revert since 2.43.
  reapply: String.raw`re-?appl(?:y|ies|ied)`,
  rollback: String.raw`roll(?:s|ed|ing)?[ -]?backs?`,
  backout: String.raw`back(?:s|ed|ing)?[ -]?outs?`,
  undo: String.raw`undo(?:es|ing)?`,
} as const;
type Word = keyof typeof WORDS;

/** A word before a colon that says what the change is. `undo:` is a part of an editor. */
const KINDS: ReadonlySet<string> = new Set([
  'revert',
  'reverts',
  'reverted',
  'reverting',
  'reapply',
  're-apply',
  'rollback',
  'roll-back',
  'backout',
  'back-out',
]);

/** Kinds of change of which the words behind the colon are as good as a title: the others tell what the product does. */
const CHORES: ReadonlySet<string> = new Set(['chore', 'build', 'ci', 'deps', 'hotfix', 'release']);

const HEADS = (Object.keys(WORDS) as Word[]).map(
  (word) => [word, new RegExp(`^(${WORDS[word]})(?![\\w-])`, 'iu')] as const,
);

/** "This reverts …", as bodies say it. */
const SUBJECT = /^this\s+(?:(?:pr|pull request|change|commit|patch)\s+)?(?=reverts\b)/iu;

/** A scope and a colon, or a dash, behind the word. */
const SEPARATED = /^\s*(?:\([^()]{0,60}\))?!?\s*:(?!:)|^\s+[–—|-]+\s/u;

/** What can only be a change: a title in quotes, a pull request, a commit. */
const CHANGE = new RegExp(
  String.raw`^(?:\s+(?:back|of|the|this|that|to|from|both|only|all|merge)){0,4}\s*(?:` +
    [
      String.raw`["“”„'‘’\x60«「]`,
      String.raw`(?:[\w.-]{1,100}/[\w.-]{1,100})?#\d`,
      String.raw`gh-\d`,
      String.raw`https?://\S{1,300}/(?:pull|commit|merge_requests)/`,
      String.raw`(?:pr|prs|pull requests?|mr|merge requests?|commits?|changesets?|changelists?|cls?|revisions?|merge)\s+(?:of\b|commit\b|pull\b|branch\b|[#!]?\d|[0-9a-f]{7,40}\b)`,
      String.raw`(?=[a-f]*\d)[0-9a-f]{7,40}\b`,
    ].join('|') +
    ')',
  'iu',
);

/** "Revert" that is a thing of the product or the subject of a sentence. */
const NO_OBJECT =
  /^\s+(?:buttons?|dialogs?|modals?|menus?|icons?|links?|labels?|tooltips?|shortcuts?|endpoints?|commands?|actions?|options?|flags?|toggles?|support|features?|flows?|logic|handling|handlers?|functions?|methods?|api|ui|ux|tests?|docs?|plans?|policy|policies|process|history|messages?|state|status|strings?|events?|errors?|reasons?|commits?\s+(?:are|is|in)|and|or|is|was|are|does|did|should|must|can|cannot|may|will|fails?|works?|in|on|by|with|when|if|via|for|at|per|vs|not|no|now|after|before)\b/iu;

/** A sentence on what a product does. */
const BEHAVIOUR =
  /\s(?:when|whenever|if|unless|via|by (?:clicking|pressing)|on (?:error|fail(?:ure)?|escape|cancel(?:lation)?|click|conflict|timeout|close|exit|rollback))\b/iu;
const REASON =
  /\s(?:because|since|due to|as it|it (?:broke|breaks|caused)|which (?:broke|breaks))\b/iu;

/** A change, as people name one without quotes. */
const NAMED_CHANGE =
  /^\s+(?:of\s+)?(?:the|this|that|last|latest|recent|previous|our|my)\b.{0,80}\b(?:changes?|commits?|merge|pr|pull request|release|upgrade|update|bump|deploy(?:ment)?|version|refactor(?:ing)?|switch)\b|^\s+(?:back\s+)?(?:to\s+)?(?:release\s+|version\s+)?v?\d+\.\d/iu;

const DETERMINED = /^\s+(?:the|this|that|all|both|our|my|changes?\b|commits?\b)\b/iu;

/**
 * Whether a title says in its form that the change is a revert: by the word at its head, behind tags, tickets and kinds
 * of change. One that only speaks of reverting is none. The revert of a revert is a revert, also where it is called
 * "Reapply", as git does.
 */
export function isRevertTitle(title: string): boolean {
  const { rest, kinds, tags, emoji, isQualified } = readTitleHead(title, (kind) => KINDS.has(kind));
  if (tags.some((tag) => KINDS.has(tag)) || emoji.includes('rewind')) {
    return true;
  }
  if (kinds.some(({ kind, scope }) => CHORES.has(kind) && scope !== null && KINDS.has(scope))) {
    return true;
  }
  const isPlain = !isQualified && kinds.every(({ kind }) => CHORES.has(kind));
  const said = rest.replace(SUBJECT, '');
  for (const [word, head] of HEADS) {
    const found = head.exec(said);
    if (found !== null) {
      const [, written = ''] = found;
      return isRevertBehind(word, written.toLowerCase(), said.slice(written.length), isPlain);
    }
  }
  return false;
}

/** @param isPlain whether words that are no quoted title, pull request or commit may name what is reverted */
function isRevertBehind(word: Word, written: string, behind: string, isPlain: boolean): boolean {
  if (SEPARATED.test(behind)) {
    return word !== 'undo';
  }
  if (CHANGE.test(behind)) {
    return true;
  }
  if (!isPlain || word === 'reapply' || (BEHAVIOUR.test(behind) && !REASON.test(behind))) {
    return false;
  }
  const isBase = written.startsWith('revert') && !/(?:ed|ing)$/.test(written);
  if (isBase) {
    return written === 'reverts'
      ? DETERMINED.test(behind)
      : /^\s+\S/.test(behind) && !NO_OBJECT.test(behind);
  }
  if (/^back(?:s|ed)?[ -]out$/.test(written)) {
    return /^\s+\S/.test(behind) && !/^\s+of\b/i.test(behind) && !NO_OBJECT.test(behind);
  }
  return word !== 'revert' && NAMED_CHANGE.test(behind);
}
