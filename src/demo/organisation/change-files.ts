import type { FileData, Instant } from '../core/github-data.ts';
import { slug } from './change-text.ts';
import type { ChangeKind } from './change-text.ts';
import type { Random } from '../core/random.ts';
import type { RepositoryPlan } from './repositories.ts';

/** Median of changed lines. */
const USUAL_LINES: Readonly<Record<Exclude<ChangeKind, 'DEPENDENCY' | 'REVERT'>, number>> = {
  FEATURE: 110,
  FIX: 28,
  CHORE: 60,
  DOCS: 18,
  HOTFIX: 9,
};

const MAX_LINES = 9_000;
const MAX_FILES = 45;

/** Files of a change: sizes spread as they do in real repositories, some with tests, a few with a lock file. */
export function changedFiles(
  random: Random,
  repository: RepositoryPlan,
  kind: keyof typeof USUAL_LINES,
  topic: string,
  since: Instant,
): FileData[] {
  const lines = Math.min(MAX_LINES, Math.ceil(random.logNormal(USUAL_LINES[kind], 1.2)));
  const count = Math.min(MAX_FILES, lines, Math.ceil(random.logNormal(2.4, 0.8)));
  const patterns = Array.from({ length: count }, () =>
    random.pick(random.chance(0.3) ? repository.tests : repository.sources),
  );
  const files = new Map<string, FileData>();
  for (const [index, pattern] of patterns.entries()) {
    const name = index === 0 ? topic : random.pick(repository.topics);
    const share = Math.max(1, Math.round((lines / count) * (0.4 + 1.2 * random.next())));
    const path = pattern.replace('*', fileNameFor(repository, name));
    files.set(path, fileOf(random, path, share, since));
  }
  if (kind === 'FEATURE' && random.chance(0.08)) {
    const size = random.between(40, 900);
    files.set(repository.lockFile, edited(repository.lockFile, size, size >> 2, since));
  }
  return [...files.values()];
}

/** What a new version of a dependency touches. */
export function dependencyFiles(
  random: Random,
  repository: RepositoryPlan,
  since: Instant,
): FileData[] {
  const size = random.between(4, 60);
  const lock = edited(repository.lockFile, size, size, since);
  return repository.lockFile === 'package-lock.json'
    ? [edited('package.json', 1, 1, since), lock]
    : [lock];
}

/** The same files the other way round. */
export function revertedFiles(files: readonly FileData[], since: Instant): FileData[] {
  return files.map((file) => ({
    ...file,
    additions: file.deletions,
    deletions: file.additions,
    changeType: reverseOf(file.changeType),
    since,
  }));
}

/** Kotlin names files after classes. */
function fileNameFor(repository: RepositoryPlan, topic: string): string {
  const parts = slug(topic).split('-');
  return repository.language === 'Kotlin'
    ? parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
    : parts.join('-');
}

function reverseOf(changeType: FileData['changeType']): FileData['changeType'] {
  if (changeType === 'ADDED') return 'DELETED';
  return changeType === 'DELETED' ? 'ADDED' : changeType;
}

function edited(path: string, additions: number, deletions: number, since: Instant): FileData {
  return { path, additions, deletions, changeType: 'MODIFIED', since };
}

function fileOf(random: Random, path: string, lines: number, since: Instant): FileData {
  if (random.chance(0.18)) {
    return { path, additions: lines, deletions: 0, changeType: 'ADDED', since };
  }
  if (random.chance(0.04)) {
    return { path, additions: 0, deletions: lines, changeType: 'DELETED', since };
  }
  const additions = Math.round(lines * (0.45 + 0.5 * random.next()));
  return edited(path, additions, lines - additions, since);
}
