import type {
  DeploymentData,
  GitHubData,
  ReleaseData,
} from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';

export const day = (number: number): string =>
  `2026-02-${String(number).padStart(2, '0')}T00:00:00Z`;

/** No day of the calendar: what has it cannot be read. */
export const UNREADABLE = '2026-02-31T00:00:00Z';

/** A release and a deployment of each of these days, those of the `unreadable` ones with a time that cannot be read. */
export function sourceOf(days: readonly number[], unreadable: readonly number[] = []): GitHubData {
  const timeOf = (number: number): string =>
    unreadable.includes(number) ? UNREADABLE : day(number);
  const releases = days.map((number): ReleaseData => ({
    databaseId: number,
    tag: `v${number}`,
    name: null,
    oid: null,
    isDraft: false,
    isPrerelease: false,
    author: 'ada',
    createdAt: day(number),
    publishedAt: timeOf(number),
  }));
  const deployments = days.map((number): DeploymentData => ({
    databaseId: number,
    environment: 'production',
    ref: 'main',
    oid: String(number).padStart(40, '0'),
    creator: 'ada',
    description: null,
    createdAt: day(number),
    statuses: [{ state: 'FAILURE', at: timeOf(number) }],
  }));
  return aSource([], { releases, deployments });
}
