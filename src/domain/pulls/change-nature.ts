import { isRevertTitle } from './revert-titles.ts';
import { MAX_REVERTED, readRevertedChanges } from './reverted-changes.ts';
import { readTitleHead } from './title-form.ts';
import type { PullRequestFact } from './github-facts.ts';

/** What a pull request is by the forms that people and tools give it. */
export interface ChangeNature {
  readonly isRevert: boolean;
  readonly isHotfix: boolean;
  /** What it says it reverts: `#12`, `owner/name#12`, a commit or a range of commits. */
  readonly reverts: readonly string[];
}

export type ChangeTexts = Pick<
  PullRequestFact,
  'number' | 'title' | 'body' | 'url' | 'headBranch' | 'labels'
>;

/** `https://github.com/owner/name/pull/12` */
const OWN_REPOSITORY = /^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/pull\//;

/** Reads the nature of a pull request from its title, body, branch and labels. */
export function readNature(texts: ChangeTexts): ChangeNature {
  const { number, title, body, headBranch, labels } = texts;
  const own = OWN_REPOSITORY.exec(texts.url)?.[1] ?? '';
  const { changes, isStated } = readRevertedChanges(body, own);
  const isRevert = isStated || isRevertTitle(title);
  const named = changes.length === 0 ? changesInTitle(title, number) : changes;
  return {
    isRevert,
    isHotfix:
      isHotfixTitle(title) ||
      isHotfixBranch(headBranch) ||
      labels.some((label) => isHotfixLabel(label)),
    reverts: isRevert
      ? [...new Set(named)].filter((change) => change !== `#${number}`).slice(0, MAX_REVERTED)
      : [],
  };
}

/** The title of a revert repeats that of what it reverts, with its number: it is older than the revert. */
function changesInTitle(title: string, number: number): string[] {
  return [...title.slice(0, 400).matchAll(/(?<![\w/])#(\d{1,9})\b/g)]
    .map(([, found]) => Number(found))
    .filter((found) => found > 0 && found < number)
    .map((found) => `#${found}`);
}

const HOTFIX = /^hot[ -]?fix(?:es)?$/i;
const HOTFIX_HEAD = /^(?:an?\s+|the\s+)?hot[ -]?fix(?:es)?(?![\w-])(.*)$/isu;
/** "Hotfix" that is a thing that is spoken of. */
const SPOKEN_OF =
  /^\s+(?:branch(?:es)?|labels?|process(?:es)?|workflows?|polic(?:y|ies)|docs?|guide(?:lines?)?|templates?|releases?\s+(?:process|docs?|notes)|strategy|and|or|is|are|should|must|can|does|in|procedures?|pipelines?|flow|support|naming|tags?|titles?)\b/iu;

/** Whether the head of a title says hotfix: `hotfix:`, `[Hotfix]`, `fix(hotfix):`, "Hotfix for …", gitmoji's ambulance. */
function isHotfixTitle(title: string): boolean {
  const { rest, kinds, tags, emoji } = readTitleHead(title, (kind) => HOTFIX.test(kind));
  if (tags.some((tag) => HOTFIX.test(tag)) || emoji.includes('ambulance')) {
    return true;
  }
  const isChange = kinds.every(({ kind }) => kind !== 'docs' && kind !== 'revert');
  if (kinds.some(({ kind, scope }) => kind === 'fix' && scope !== null && HOTFIX.test(scope))) {
    return true;
  }
  const found = HOTFIX_HEAD.exec(rest);
  return found !== null && isChange && !SPOKEN_OF.test(found[1] ?? '');
}

/** First parts of branches that say what kind of change it is: what follows is its subject. */
const KINDS_OF_BRANCHES =
  /^(?:docs?|feat(?:ures?)?|chores?|tests?|ci|build|refactor|revert.*|release|dependabot|renovate)$/i;

/** Whether a branch is named as one of hotfixes: `hotfix/login`, `hotfix-1.2`, `ann/hotfix-login`. */
function isHotfixBranch(branch: string): boolean {
  const [first = '', ...rest] = branch.split('/', 4);
  const isHotfixPart = (part: string) => /^hot-?fix(?:es)?(?:$|[-_.])/i.test(part);
  return (
    isHotfixPart(first) ||
    (!KINDS_OF_BRANCHES.test(first) && rest.length > 0 && isHotfixPart(rest[0] ?? ''))
  );
}

/** Whether a label says hotfix: `hotfix`, `Hot Fix`, `type: hotfix`, `kind/hotfix`. */
function isHotfixLabel(label: string): boolean {
  const parts = label
    .replaceAll(/:[a-z0-9_+-]+:|[\p{Extended_Pictographic}\uFE0F]/gu, '')
    .split(/[:/]/);
  const kind = parts.slice(0, -1).join('').trim();
  return (
    HOTFIX.test((parts.at(-1) ?? '').trim().replaceAll('_', ' ')) &&
    !/^(?:no|not|needs?)\b/i.test(kind)
  );
}
