import type { LabelData } from '../core/github-data.ts';
import type { Random } from '../core/random.ts';
import type { RepositoryPlan } from './repositories.ts';

/** What a pull request is about. */
export type ChangeKind = 'FEATURE' | 'FIX' | 'CHORE' | 'DOCS' | 'HOTFIX' | 'DEPENDENCY' | 'REVERT';

export interface ChangeText {
  readonly title: string;
  readonly body: string;
  readonly branch: string;
  readonly topic: string;
  readonly labels: readonly Pick<LabelData, 'name' | 'color'>[];
}

const VERBS: Readonly<Record<'FEATURE' | 'FIX' | 'CHORE' | 'DOCS' | 'HOTFIX', readonly string[]>> =
  {
    FEATURE: [
      'Add filters to the',
      'Show history in the',
      'Let admins export the',
      'Speed up the',
      'Support pagination in the',
      'Make room for teams in the',
    ],
    FIX: [
      'Fix a race in the',
      'Handle empty answers in the',
      'Do not lose edits in the',
      'Correct time zones in the',
      'Stop retrying for ever in the',
    ],
    CHORE: [
      'Split up the',
      'Rename things in the',
      'Remove dead code from the',
      'Add tests for the',
    ],
    DOCS: ['Describe the', 'Fix links in the notes on the'],
    HOTFIX: ['Hotfix: restore the', 'Hotfix: stop errors in the'],
  };

const PREFIXES = { FEATURE: 'feat', FIX: 'fix', CHORE: 'refactor', DOCS: 'docs', HOTFIX: 'fix' };

const LABELS: Readonly<Record<ChangeKind, readonly Pick<LabelData, 'name' | 'color'>[]>> = {
  FEATURE: [{ name: 'enhancement', color: 'a2eeef' }],
  FIX: [{ name: 'bug', color: 'd73a4a' }],
  CHORE: [{ name: 'tech-debt', color: 'fbca04' }],
  DOCS: [{ name: 'documentation', color: '0075ca' }],
  HOTFIX: [
    { name: 'hotfix', color: 'b60205' },
    { name: 'bug', color: 'd73a4a' },
  ],
  DEPENDENCY: [{ name: 'dependencies', color: '0366d6' }],
  REVERT: [],
};

const EXTRA_LABELS = [
  { name: 'customer', color: 'c5def5' },
  { name: 'needs design', color: 'e99695' },
  { name: 'größer als gedacht', color: '5319e7' },
];

const EMOJI = ['✨', '🐛', '🚀', '♻️', '🤖'];

/** A title that goes on and on, as somebody's commit message in one line does. */
const LONG_TAIL =
  ', because the old behaviour surprised people who opened the page from a link in a message, kept it open over night, came back in the morning and found numbers that did not agree with the ones that their colleagues in the other time zone had written into the shift report the day before';

/** Words for a change by a person or an agent. */
export function describeChange(
  random: Random,
  repository: RepositoryPlan,
  kind: keyof typeof VERBS,
): ChangeText {
  const topic = random.pick(repository.topics);
  const sentence = `${random.pick(VERBS[kind])} ${topic}`;
  return {
    title: decorate(random, kind, sentence),
    body: bodyFor(random, sentence),
    branch: `${kind === 'HOTFIX' ? 'hotfix' : PREFIXES[kind]}/${slug(topic)}-${random.hex(4)}`,
    topic,
    labels: [
      ...(random.chance(0.6) ? LABELS[kind] : []),
      ...(random.chance(0.15) ? [random.pick(EXTRA_LABELS)] : []),
    ],
  };
}

/** Words for a new version of something that the repository depends on. */
export function describeDependencyUpdate(random: Random, repository: RepositoryPlan): ChangeText {
  const name = random.pick(repository.dependencies);
  const major = random.between(1, 9);
  const minor = random.between(0, 20);
  const versions = `from ${major}.${minor}.0 to ${major}.${minor + 1}.${random.between(0, 4)}`;
  return {
    title: `Bump ${name} ${versions}`,
    body: `Bumps ${name} ${versions}.\n\nDependabot will resolve any conflicts with this pull request.`,
    branch: `dependabot/${slug(repository.language)}/${slug(name)}-${major}.${minor + 1}`,
    topic: 'dependencies',
    labels: LABELS.DEPENDENCY,
  };
}

/** Words for undoing a pull request, in GitHub's own form. */
export function describeRevert(title: string, reference: string, number: number): ChangeText {
  return {
    title: `Revert "${title}"`,
    body: `Reverts ${reference}`,
    branch: `revert-${number}`,
    topic: 'revert',
    labels: LABELS.REVERT,
  };
}

/** Letters, digits and dashes only; `change` when nothing is left. */
export function slug(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'change';
}

function decorate(random: Random, kind: keyof typeof VERBS, sentence: string): string {
  const tail = random.chance(0.012) ? LONG_TAIL : '';
  if (kind !== 'HOTFIX' && random.chance(0.4)) {
    const plain = sentence.charAt(0).toLowerCase() + sentence.slice(1);
    return `${PREFIXES[kind]}: ${plain}${tail}`;
  }
  return random.chance(0.06) ? `${random.pick(EMOJI)} ${sentence}${tail}` : `${sentence}${tail}`;
}

function bodyFor(random: Random, sentence: string): string {
  if (random.chance(0.12)) {
    return '';
  }
  const ticket = `ROBO-${random.between(100, 2400)}`;
  const check = random.pick(['Unit tests', 'Tried on staging', 'Tried on a robot in the lab']);
  return `${sentence}.\n\nCloses ${ticket}.\n\n- [x] ${check}`;
}
