import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  estimateSecondsLeft,
  measureSync,
  replan,
  SYNC_RUN_STAGES,
  type RunningPart,
  type SyncState,
} from '../../../../src/domain/sync/sync-progress.ts';
import { SYNC_STAGES } from '../../../../src/domain/sync/sync-stage.ts';
import { describeSyncWait } from '../../../../src/domain/sync/sync-wait.ts';

const STARTED = new Date('2026-03-12T11:00:00Z');
const SINCE = new Date('2026-01-01T00:00:00Z');

const BEGUN: RunningPart = {
  stage: 'PULL_REQUESTS',
  pullRequestsSeen: 0,
  pullRequestsTotal: null,
  startedAt: STARTED,
  since: SINCE,
  oldestReachedAt: null,
  stageRequests: 0,
};

const JOB: SyncState = {
  isJob: true,
  hasEnded: false,
  repositories: 0,
  repositoriesEnded: 0,
  repositoriesFailed: 0,
  running: [],
  lastStage: 'PULL_REQUESTS',
  shownBefore: 0,
  workBefore: 0,
};

const HALF: RunningPart = { ...BEGUN, pullRequestsSeen: 300, pullRequestsTotal: 600 };
const DEPLOYING: RunningPart = { ...HALF, stage: 'DEPLOYMENTS', stageRequests: 5 };

/** What may happen to a job: each takes a random number that chooses whom it happens to, and how much. */
type Event = readonly [
  'plan' | 'open' | 'page' | 'stage' | 'request' | 'close' | 'syncAgain',
  number,
];

const EVENTS = fc.array(
  fc.tuple(
    fc.constantFrom<Event[0]>('plan', 'open', 'page', 'stage', 'request', 'close', 'syncAgain'),
    fc.nat(1_000),
  ),
  { maxLength: 60 },
);

function withoutPart(running: readonly RunningPart[], index: number): RunningPart[] {
  return running.filter((_, other) => other !== index);
}

function replanned(state: SyncState, change: Partial<SyncState>): SyncState {
  const after = { ...state, ...change };
  return { ...after, ...replan(state, after) };
}

function movePart(part: RunningPart, [event, amount]: Event): RunningPart {
  switch (event) {
    case 'page': {
      const seen = part.stage === 'PULL_REQUESTS' ? amount % 100 : 0;
      const oldest = (part.oldestReachedAt ?? STARTED).getTime() - seen * 3_600_000;
      return {
        ...part,
        pullRequestsSeen: part.pullRequestsSeen + seen,
        pullRequestsTotal: part.pullRequestsTotal ?? amount,
        oldestReachedAt: new Date(oldest),
      };
    }
    case 'stage': {
      const from = part.stage === 'PULL_REQUESTS' ? 0 : SYNC_STAGES.indexOf(part.stage) + 1;
      const later = SYNC_STAGES.slice(from);
      const stage = later[amount % Math.max(1, later.length)];
      return stage === undefined ? part : { ...part, stage, stageRequests: 0 };
    }
    case 'request':
      return part.stage === 'PULL_REQUESTS'
        ? part
        : { ...part, stageRequests: part.stageRequests + 1 };
    case 'plan':
    case 'open':
    case 'close':
    case 'syncAgain':
      return part;
  }
}

/** A job after an event, as its rows say it. */
function moveJob(state: SyncState, event: Event): SyncState {
  const [kind, amount] = event;
  const { repositories, repositoriesEnded, running } = state;
  const chosen = running.length === 0 ? -1 : amount % running.length;
  switch (kind) {
    case 'plan':
      return replanned(state, { repositories: repositories + 1 + (amount % 9) });
    case 'open':
      return repositoriesEnded + running.length < repositories
        ? { ...state, running: [...running, BEGUN] }
        : state;
    case 'syncAgain':
      return repositoriesEnded === 0
        ? state
        : replanned(state, {
            repositoriesEnded: repositoriesEnded - 1,
            running: [...running, BEGUN],
          });
    case 'close':
      return chosen === -1
        ? state
        : {
            ...state,
            repositoriesEnded: repositoriesEnded + 1,
            running: withoutPart(running, chosen),
          };
    case 'page':
    case 'stage':
    case 'request':
      return {
        ...state,
        running: running.map((part, index) => (index === chosen ? movePart(part, event) : part)),
      };
  }
}

describe('the share that is done', () => {
  it('never falls, lies between 0 and 1, and is 1 only at the end, whatever happens to a job', () => {
    fc.assert(
      fc.property(EVENTS, (events) => {
        let state = JOB;
        let shown = 0;
        for (const event of events) {
          state = moveJob(state, event);
          const { fractionDone, stage } = measureSync(state);
          // Sums of the same shares in another order differ by less than this.
          expect(fractionDone).toBeGreaterThanOrEqual(shown - 1e-12);
          expect(fractionDone).toBeLessThan(1);
          expect(SYNC_RUN_STAGES).toContain(stage);
          shown = fractionDone;
        }
        expect(measureSync({ ...state, hasEnded: true }).fractionDone).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never falls within the sync of a repository either', () => {
    fc.assert(
      fc.property(EVENTS, (events) => {
        let part = BEGUN;
        let shown = 0;
        for (const event of events) {
          part = movePart(part, event);
          const run = {
            ...JOB,
            isJob: false,
            repositories: 1,
            running: [part],
            lastStage: part.stage,
          };
          const { fractionDone, stage } = measureSync(run);
          expect(fractionDone).toBeGreaterThanOrEqual(shown);
          expect(fractionDone).toBeLessThan(1);
          expect(stage).toBe(part.stage);
          shown = fractionDone;
        }
      }),
    );
  });

  it('leaves room for what follows the pull requests', () => {
    const all = { ...HALF, pullRequestsSeen: 600 };
    const percent = (running: RunningPart[]) =>
      Math.floor(measureSync({ ...JOB, repositories: 1, running }).fractionDone * 100);
    expect(percent([all])).toBe(48);
    expect(percent([{ ...all, stage: 'DEPLOYMENTS' }])).toBe(67);
    expect(percent([{ ...all, stage: 'DEPLOYMENTS', stageRequests: 10 }])).toBe(78);
    expect(percent([{ ...all, stage: 'RELEASES', stageRequests: 1_000 }])).toBe(94);
  });

  it('counts repositories whose sync has not begun', () => {
    const one = measureSync({ ...JOB, repositories: 4, repositoriesEnded: 1 });
    expect(one.fractionDone).toBeCloseTo(0.02 + 0.93 / 4);
  });

  it('goes on from what was shown where more is asked for', () => {
    const before = { ...JOB, repositories: 2, repositoriesEnded: 1 };
    const after = replanned(before, { repositories: 20 });
    expect(measureSync(after)).toEqual(measureSync(before));
    const later = measureSync({ ...after, repositoriesEnded: 11 }).fractionDone;
    expect(later).toBeGreaterThan(measureSync(before).fractionDone);
    expect(later).toBeLessThan(0.8);
  });
});

describe('the stage of a job', () => {
  it.each([
    ['REPOSITORIES', {}],
    ['PULL_REQUESTS', { repositories: 2 }],
    ['PULL_REQUESTS', { repositories: 2, running: [DEPLOYING, HALF] }],
    ['DEPLOYMENTS', { repositories: 2, repositoriesEnded: 1, running: [DEPLOYING] }],
    ['PULL_REQUESTS', { repositories: 3, repositoriesEnded: 2 }],
    ['ROLLUPS', { repositories: 2, repositoriesEnded: 2 }],
    ['ROLLUPS', { repositories: 2, repositoriesEnded: 2, hasEnded: true }],
  ] as const)('is %s where its rows say %j', (stage, state) => {
    expect(measureSync({ ...JOB, ...state }).stage).toBe(stage);
  });
});

describe('the estimate', () => {
  const NOW = new Date('2026-03-12T11:10:00Z');
  const estimate = (
    state: Partial<SyncState>,
    waits: Parameters<typeof estimateSecondsLeft>[0]['waits'] = [],
    now = NOW,
  ) => estimateSecondsLeft({ state: { ...JOB, ...state }, startedAt: STARTED, waits, now });
  const ONE = { isJob: false, repositories: 1, running: [HALF] };

  it('goes on at the pace so far', () => {
    expect(estimate(ONE)).toBe(1_800);
  });

  it('adds the wait that is on, and no wait that is over', () => {
    const wait = (until: string) => ({
      kind: 'GITHUB' as const,
      until: new Date(until),
      reason: '',
    });
    expect(estimate(ONE, [wait('2026-03-12T11:15:00Z')])).toBe(2_100);
    expect(estimate(ONE, [wait('2026-03-12T11:05:00Z')])).toBe(1_800);
  });

  it.each([
    ['before anything is done', { ...ONE, running: [BEGUN] }],
    ['before the repositories are known', {}],
    ['in a stage whose size nobody knows', { ...ONE, running: [DEPLOYING] }],
    ['in such a stage of one of several', { repositories: 2, running: [HALF, DEPLOYING] }],
    ['while the last weeks are rolled up', { repositories: 2, repositoriesEnded: 2 }],
    ['after the end', { ...ONE, hasEnded: true }],
  ] as const)('is unknown %s', (_when, state) => {
    expect(estimate(state)).toBeNull();
  });

  it('is unknown while an admin has paused it, or no worker is there', () => {
    expect(estimate(ONE, [{ kind: 'PAUSED', since: STARTED }])).toBeNull();
    expect(estimate(ONE, [{ kind: 'NO_WORKER', reason: 'No worker polls.' }])).toBeNull();
  });

  it('is known in such a stage once a repository of the job has been through all of them', () => {
    expect(
      estimate({ repositories: 2, repositoriesEnded: 1, running: [DEPLOYING] }),
    ).toBeGreaterThan(0);
  });

  it('takes no pace from repositories that failed', () => {
    const failed = { repositoriesEnded: 1, repositoriesFailed: 1 };
    expect(estimate({ repositories: 2, ...failed, running: [BEGUN] })).toBeNull();
    expect(estimate({ repositories: 2, ...failed, running: [DEPLOYING] })).toBeNull();
    const alone = estimate({ repositories: 1, running: [HALF] });
    expect(estimate({ repositories: 2, ...failed, running: [HALF] })).toBe(alone);
  });

  it('is never negative and fits an Int, also when clocks disagree', () => {
    expect(estimate(ONE, [], new Date('2026-03-12T10:00:00Z'))).toBe(0);
    expect(estimate(ONE, [], new Date('2999-03-12T10:00:00Z'))).toBe(2 ** 31 - 1);
  });
});

describe('a wait', () => {
  it('says what it waits for, since when and until when as far as that is known', () => {
    const until = new Date('2026-03-12T11:15:00Z');
    expect(describeSyncWait({ kind: 'GITHUB', until, reason: 'limit' })).toEqual({
      kind: 'GITHUB',
      reason: 'limit',
      since: null,
      until,
    });
    expect(describeSyncWait({ kind: 'PAUSED', since: STARTED })).toMatchObject({
      since: STARTED,
      until: null,
    });
    expect(describeSyncWait({ kind: 'NO_WORKER', reason: 'No worker polls.' })).toEqual({
      kind: 'NO_WORKER',
      reason: 'No worker polls.',
      since: null,
      until: null,
    });
  });
});
