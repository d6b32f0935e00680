import { classifyFile } from '../../domain/pulls/file-category.ts';
import type { FileFact } from '../../domain/pulls/github-facts.ts';
import type { Random } from '../core/random.ts';

/** Mean 8.4 as in seed 001: most change few files, some very many. */
const FILES = { median: 4.2, spread: 1.18, max: 300 };

const LINES = { median: 12, spread: 1.2, max: 5_000 };

const VERBS = ['Add', 'Fix', 'Move', 'Speed up', 'Simplify', 'Test', 'Document', 'Remove'];
const TOPICS =
  'login search invoices exports alerts caching retries permissions uploads reports'.split(' ');
const FOLDERS = ['src/api', 'src/components', 'src/models', 'test', 'docs', 'scripts', 'config'];
const EXTENSIONS: Readonly<Record<string, string>> = { docs: 'md', config: 'yaml' };
const LABELS = ['bug', 'feature', 'chore', 'docs', 'security'];

/** What is done; now and then in a hurry, or back again. */
export function titleOf(random: Random, number: number): string {
  const title = `${random.pick(VERBS)} ${random.pick(TOPICS)} (${number})`;
  const roll = random.next();
  return roll < 0.02 ? `Revert "${title}"` : roll < 0.04 ? `Hotfix: ${title}` : title;
}

/** None, one or two. */
export function labelsOf(random: Random): readonly string[] {
  return [...new Set(Array.from({ length: random.between(0, 2) }, () => random.pick(LABELS)))];
}

/** Files with their lines, no path twice. */
export function changedFiles(random: Random): readonly FileFact[] {
  const count = Math.ceil(random.logNormal(FILES.median, FILES.spread) - 0.5);
  return Array.from({ length: Math.min(FILES.max, Math.max(1, count)) }, (_, index) => {
    const folder = random.pick(FOLDERS);
    const path = `${folder}/${random.pick(TOPICS)}/part-${index + 1}.${EXTENSIONS[folder] ?? 'ts'}`;
    const lines = Math.min(LINES.max, Math.ceil(random.logNormal(LINES.median, LINES.spread)));
    const added = random.between(0, lines);
    return {
      path,
      changeType: added === lines ? 'ADDED' : 'MODIFIED',
      changeTypeRaw: null,
      category: classifyFile(path),
      additions: BigInt(added),
      deletions: BigInt(lines - added),
    };
  });
}
