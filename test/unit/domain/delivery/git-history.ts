import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A commit to be made: parents by their position among those before it. */
export interface PlannedCommit {
  readonly parents: readonly number[];
  /** Seconds since 1970. */
  readonly committedAt: number;
}

/** Git, in the environment of nobody. */
function git(directory: string, args: readonly string[], input?: string): string {
  return execFileSync('git', args, {
    cwd: directory,
    input,
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });
}

/** Makes commits in a repository that ends with the test; what it knows of them is what `git rev-list` says. */
export function importHistory(plan: readonly PlannedCommit[]) {
  const directory = mkdtempSync(join(tmpdir(), 'throughline-git-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  git(directory, ['init', '--quiet', '--bare']);
  const stream = plan.map(({ parents, committedAt }, index) => {
    const [first, ...others] = parents;
    return [
      // Each has a branch of its own, so that none is lost.
      ...(first === undefined ? [`reset refs/heads/c${index}`] : []),
      `commit refs/heads/c${index}`,
      `mark :${index + 1}`,
      `committer Ada <ada@example.com> ${committedAt} +0000`,
      'data 1',
      String(index % 10),
      ...(first === undefined ? [] : [`from :${first + 1}`]),
      ...others.map((parent) => `merge :${parent + 1}`),
      `M 100644 inline file${index}`,
      'data 1',
      'x',
      '',
    ].join('\n');
  });
  git(directory, ['fast-import', '--quiet', '--export-marks=marks'], stream.join(''));
  const shas = git(directory, ['rev-parse', ...plan.map((_, index) => `refs/heads/c${index}`)])
    .trim()
    .split('\n');
  const listed = (...args: string[]): string[] =>
    git(directory, ['rev-list', ...args])
      .split('\n')
      .filter((line) => line !== '');
  return {
    shas,
    /** The commits that the head has and the base has not. */
    range: (base: string, head: string): string[] => listed(`${base}..${head}`).toSorted(),
    countAncestors: (sha: string): number => Number(listed('--count', sha)[0]),
  };
}
