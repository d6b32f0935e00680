import { requestDeadLetterRetry } from '../../../../src/db/sync/dead-letter-retries.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { rawPullRequest } from '../../../unit/github/pulls/raw-facts.ts';
import { useStageWorlds, type StageWorld } from '../stage-world.ts';
import { answerWith } from './answered-page.ts';
import { at, pull, times } from './long-pull-requests.ts';

const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };

/** Three pages. */
export const OLD = times(60, (index) => pull(index + 1, SMALL, { updatedAt: at(index * 1_000) }));

/** What is opened in the hours that follow, one an hour. */
export const NEW = times(20, (index) =>
  pull(61 + index, SMALL, { updatedAt: at(200_000 + index * 3_600) }),
);

/** A contradiction. */
export const NO_LIST = { totalCount: 60, nodes: null };

/** A second contradiction: more than there are. */
export const TOO_MANY = {
  totalCount: 1,
  nodes: times(2, (index) => rawPullRequest({ number: 5 + index, updatedAt: at(0) })),
};

/** Opens worlds with the old pull requests, by the clock of the database; each is closed after its test. */
export function useContradictingWorlds(): () => Promise<StageWorld> {
  const open = useStageWorlds();
  return async () => {
    const of = await open(aSource(OLD));
    of.setNow(new Date());
    return of;
  };
}

/** Has GitHub contradict itself on these pages of each sync that follows, counted from 1. */
export function contradict(of: StageWorld): (bad: ReadonlyMap<number, object>) => void {
  let answers: ReadonlyMap<number, object> = new Map();
  let pages = 0;
  of.onFailpoint((failpoint) => {
    pages += failpoint === 'before-fetch' ? 1 : 0;
    const answer = failpoint === 'before-fetch' ? answers.get(pages) : undefined;
    if (answer !== undefined) {
      of.github.failNext(answerWith(answer));
    }
  });
  return (bad) => {
    answers = bad;
    pages = 0;
  };
}

export interface Sync {
  readonly status: unknown;
  /** Requests for pages of pull requests and whatever else it asked. */
  readonly requests: number;
}

/** A sync as a schedule starts it, or back to `since`. */
export async function sync(of: StageWorld, since: Date | null = null): Promise<Sync> {
  const asked = () => of.github.stats().requests.graphql;
  // Else the size doubles with each full page.
  await of.scene.sql.query('UPDATE repository SET page_size = 25, page_streak = -9');
  const before = asked();
  await of.syncPullRequests(since);
  const [status] = (await of.rows(RUNS)).at(-1) ?? [];
  return { status, requests: asked() - before };
}

/** Has the dead letters be so much older. */
export async function passHours(of: StageWorld, hours: number): Promise<void> {
  await of.scene.sql.query(
    `UPDATE dead_letter SET first_seen_at = first_seen_at - make_interval(hours => $1),
      last_seen_at = last_seen_at - make_interval(hours => $1)`,
    [hours],
  );
}

const RUNS = 'SELECT status FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id';
/** What is a dead letter. */
export const OPEN = `SELECT natural_key, reason_code, attempts FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1`;
/** How many pull requests are stored. */
export const STORED = 'SELECT count(*)::int FROM pull_request';
/** How far back the repository is complete. */
export const COMPLETE_FROM = 'SELECT complete_from FROM repository';

/** An admin wants all dead letters tried again. */
export const retryAll = (of: StageWorld) =>
  withTeam(of.scene.db, of.teamId, (tx) =>
    requestDeadLetterRetry(tx, { teamId: of.teamId, repositoryId: of.repositoryId }),
  );
