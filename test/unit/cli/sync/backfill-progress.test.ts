import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  describeBackfill,
  describeDeadLetters,
  describeEnd,
  renderBackfill,
  waitsOf,
  type BackfillJob,
  type DeadLetters,
  type FollowedBackfill,
  type RepositorySync,
} from '../../../../src/cli/sync/backfill-progress.ts';
import { parseDayOrInstant } from '../../../../src/cli/core/option-values.ts';

type RunProgress = BackfillJob['progress'];

const NOTHING: RunProgress = {
  pages: 0,
  requests: 0,
  points: 0,
  pullRequestsSeen: 0,
  pullRequestsStored: 0,
  pullRequestsTotal: null,
  nestedRows: 0,
  oldestReachedAt: null,
  repositories: 3,
  repositoriesEnded: 1,
  waits: [],
  fractionDone: 0,
  estimatedSecondsLeft: null,
};

function syncOf(name: string, changes: Partial<RepositorySync> = {}): RepositorySync {
  return {
    status: 'RUNNING',
    stage: 'PULL_REQUESTS',
    error: null,
    repository: { owner: 'acme', name },
    progress: NOTHING,
    ...changes,
  };
}

/** As the API answers it: the first twelve that run are listed. */
function jobOf(
  repositories: RepositorySync[],
  changes: Partial<BackfillJob> = {},
): FollowedBackfill {
  const running = repositories.filter(({ status }) => status === 'RUNNING');
  return {
    running: { totalCount: running.length, nodes: running.slice(0, 12) },
    id: 'x',
    temporalUrl: null,
    status: 'RUNNING',
    stage: 'PULL_REQUESTS',
    error: null,
    progress: NOTHING,
    repositories,
    ...changes,
  };
}

const HALF: RunProgress = {
  ...NOTHING,
  pages: 3,
  points: 15,
  pullRequestsSeen: 300,
  pullRequestsTotal: 600,
  oldestReachedAt: '2026-01-31T10:00:00.000Z',
  fractionDone: 0.5,
  estimatedSecondsLeft: 90,
};

describe('the bars of a backfill', () => {
  it('are one for the job and one for each walk that goes on', () => {
    const job = jobOf(
      [
        syncOf('api', { progress: HALF }),
        syncOf('web', {
          stage: 'DEPLOYMENTS',
          progress: { ...HALF, fractionDone: 0.999, estimatedSecondsLeft: null },
        }),
        syncOf('old', { status: 'COMPLETED' }),
      ],
      { progress: HALF },
    );
    expect(renderBackfill(job, 200).split('\n')).toEqual([
      `${'1 of 3 repositories'.padEnd(32)} ██████████░░░░░░░░░░  50 % 300 of 600 pull requests, 3 pages, back to 2026-01-31, 15 points, pull requests, about 1 m 30 s left`,
      `${'acme/api'.padEnd(32)} ██████████░░░░░░░░░░  50 % 300 of 600 pull requests, 3 pages, back to 2026-01-31, 15 points, pull requests, about 1 m 30 s left`,
      `${'acme/web'.padEnd(32)} ███████████████████░  99 % 300 of 600 pull requests, 3 pages, back to 2026-01-31, 15 points, deployments, time left unknown`,
    ]);
  });

  it('fit the terminal, however many walks there are and however long their names', () => {
    const syncs = Array.from({ length: 40 }, (_, index) => syncOf(`${'n'.repeat(90)}${index}`));
    const lines = renderBackfill(jobOf(syncs), 80).split('\n');
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toBe('  and 28 more');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(78);
    expect(lines[1]).toMatch(/^acme\/n+… ░{20}   0 %/);
  });

  it('show what is waited for and until when, and since when it is paused', () => {
    const waits: RunProgress['waits'] = [
      {
        kind: 'PAUSED',
        reason: 'an admin paused it',
        since: '2026-03-12T12:00:00.000Z',
        until: null,
      },
      { kind: 'GITHUB', reason: 'GitHub’s limit', since: null, until: '2026-03-12T12:10:00.000Z' },
    ];
    const job = jobOf([], { progress: { ...HALF, waits } });
    const shown = [
      'waits since 2026-03-12T12:00:00.000Z: an admin paused it',
      'waits until 2026-03-12T12:10:00.000Z: GitHub’s limit',
    ];
    expect(renderBackfill(job, 80).split('\n').slice(1)).toEqual(shown);
    expect(describeBackfill(job)).toContain(shown.join(', '));
    expect(waitsOf(job)).toBe('PAUSED an admin paused it, GITHUB GitHub’s limit');
  });
});

describe('the lines of a backfill', () => {
  it('say that no worker polls, in a line of a log and below the bars', () => {
    const reason = 'No worker polls the task queue sync: start one.';
    const waits: RunProgress['waits'] = [{ kind: 'NO_WORKER', reason, since: null, until: null }];
    const job = jobOf([], { progress: { ...NOTHING, waits } });
    expect(describeBackfill(job)).toContain(`waits: ${reason}`);
    expect(renderBackfill(job, 100).split('\n').at(-1)).toBe(`waits: ${reason}`);
    expect(describeBackfill(jobOf([]))).not.toContain('waits');
  });

  it('tell the same without a terminal, on one line', () => {
    expect(describeBackfill(jobOf([syncOf('api')], { progress: HALF }))).toBe(
      'backfill: 50 %, 1 of 3 repositories, 300 pull requests on 3 pages, back to 2026-01-31, 15 points, pull requests, about 1 m 30 s left',
    );
  });

  it('end with the outcome and the sentence of each walk that failed', () => {
    const failed = syncOf('api', { status: 'FAILED', error: { message: 'The token is refused.' } });
    const job = jobOf([failed, syncOf('web', { status: 'COMPLETED' })], { status: 'PARTIAL' });
    expect(describeEnd(job)).toBe(
      'backfill: 1 of 3 repositories, 0 pull requests on 0 pages, 0 points — partial\nacme/api: The token is refused.',
    );
  });
});

describe('what a partial backfill could not store', () => {
  const letter = (
    changes: Partial<DeadLetters['nodes'][number]>,
  ): DeadLetters['nodes'][number] => ({
    entity: 'PULL_REQUEST',
    number: 7,
    key: '7',
    reason: 'id is 0',
    nextTryAt: '2026-03-10T12:30:00Z',
    repository: { owner: 'acme', name: 'api' },
    ...changes,
  });

  it('is counted and listed with the reasons, and with what to do', () => {
    const range = letter({ entity: 'DEPLOYMENT_RANGES', number: null, key: '55', reason: '502' });
    const skipped = letter({
      entity: 'RELEASES',
      number: null,
      key: 'permission',
      reason: 'refused',
      nextTryAt: null,
    });
    expect(describeDeadLetters({ totalCount: 12, nodes: [letter({}), range, skipped] })).toEqual([
      '12 could not be stored:',
      '  acme/api #7: id is 0',
      '  acme/api deployment ranges 55: 502',
      '  acme/api releases permission: refused (no sync tries it again unasked)',
      '  and 9 more: see deadLetters of the sync run',
      'Later syncs try again what has a nextTryAt; the mutation retryDeadLetters has all of them tried at once.',
    ]);
  });

  it('is not mentioned where there is nothing, or nobody can say it', () => {
    expect(describeDeadLetters({ totalCount: 0, nodes: [] })).toEqual([]);
    expect(describeDeadLetters(null)).toEqual([]);
  });
});

describe('--since', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T10:00:00+02:00', '2026-01-31T08:00:00.000Z'],
  ])('reads %s', (text, instant) => {
    expect(parseDayOrInstant(text).toISOString()).toBe(instant);
  });

  it.each([
    'yesterday',
    '31.01.2026',
    '2026-13-01',
    '2026-02-30',
    '0000-01-01',
    '9999-01-01',
    '5',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseDayOrInstant(text)).toThrow(InvalidArgumentError);
  });
});
