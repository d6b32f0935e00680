import type {
  DeploymentData,
  GitHubData,
  HistoryCommitData,
} from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';

/** Seconds since 1970 as GitHub writes an instant. */
export const instant = (seconds: number): string =>
  new Date(seconds * 1_000).toISOString().replace('.000', '');

/** When the first commit of these histories was made: 2026-02-10. */
export const START = Date.UTC(2026, 1, 10) / 1_000;

export const sha = (ordinal: number): string => ordinal.toString(16).padStart(40, '0');

/** One line of commits, ten seconds apart. */
export function line(commits: number): HistoryCommitData[] {
  return Array.from({ length: commits }, (_, index) => ({
    oid: sha(index + 1),
    parents: index === 0 ? [] : [sha(index)],
    at: instant(START + index * 10),
  }));
}

/** Deployments of these commits in their order, a minute apart and all after the commits, to one environment. */
export function deploymentsOf(
  oids: readonly string[],
  environment = 'production',
  from = 1,
): DeploymentData[] {
  return oids.map((oid, index): DeploymentData => {
    const at = instant(Date.UTC(2026, 2, 1) / 1_000 + (from + index) * 60);
    return {
      databaseId: from + index,
      environment,
      ref: 'main',
      oid,
      creator: 'ada',
      description: null,
      createdAt: at,
      statuses: [{ state: 'SUCCESS', at }],
    };
  });
}

export function historySource(
  history: readonly HistoryCommitData[],
  deployments: readonly DeploymentData[],
): GitHubData {
  return aSource([], { history, deployments });
}
