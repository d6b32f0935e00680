import type { Identity } from '../../db/reads/authentication.ts';
import type { ReadSession, ReadSource } from '../../db/reads/read-source.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import type { SyncRunChanges } from '../../db/reads/sync-run-changes.ts';
import { readSyncRunVersion, type SyncRunVersion } from '../../db/reads/sync-run-progress.ts';
import { isPassing, isTooSlow, notFound, unauthenticated } from './errors.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import type { RequestReads } from './request-reads.ts';
import { shareReads } from './shared-reads.ts';
import { StreamCut } from './stream-registry.ts';

export interface SyncRunWatchOptions {
  readonly reads: ReadSource;
  readonly changes: SyncRunChanges;
  /** How often runs are looked at although nobody tells of a change, in milliseconds. */
  readonly pollMs: number;
  /** Looks at one run begin so many milliseconds apart, however often it changes and however many begin to follow it. */
  readonly lookGapMs: number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** What running syncs wait for beside what their rows say; a change of it is told as one of the run. Never throws. */
  readonly readOuterWait?: () => Promise<string | null>;
}

/** Somebody who follows a run. */
export interface SyncRunFollower {
  /** Who it is now; null when its token is not valid any more. */
  readonly authenticate: () => Promise<Identity | null>;
  /** Followers that ask for the same share what is read for it. */
  readonly question: string;
}

/** One state of a run, as whoever the follower is at that moment. */
export interface SyncRunState {
  readonly version: string;
  readonly status: string;
  readonly viewer: Identity;
  /** Of the state's moment and of the run's team alone. Whoever gets the state closes it. */
  readonly reads: RequestReads;
}

export interface FollowedSyncRun {
  /**
   * Waits for a state with another version than `seen`; null, for the first one, stands for none. Undefined once the
   * follower has left.
   * @throws DomainError UNAUTHENTICATED, NOT_FOUND; OVERLOADED, DATABASE_UNAVAILABLE where nothing was seen yet;
   * StreamCut when the database stays away
   */
  next(seen: string | null): Promise<SyncRunState | undefined>;
  leave(): void;
}

/** Looks at the runs that are followed, at each once for all who follow it. */
export interface SyncRunWatch {
  follow(key: RowKey, follower: SyncRunFollower): FollowedSyncRun;
}

interface Waiting {
  readonly follower: SyncRunFollower;
  readonly seen: string | null;
  readonly resolve: (state: SyncRunState | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A run that somebody follows. */
interface WatchedRun {
  readonly key: RowKey;
  readonly followers: Set<object>;
  /** Followers that have seen all there is; the others are busy with what they were given. */
  readonly waiting: Set<Waiting>;
  readonly notifier: Notifier;
  readonly controller: AbortController;
  /** Of the last look; null when it may have changed since. */
  version: string | null;
  isListening: boolean;
  /** When the first of the looks failed that have failed since one succeeded. */
  failingSince: number | null;
}

/** Polls that may fail in a row before those who wait are cut off. */
const MAX_FAILING_POLLS = 15;

/** The longest time that a timer takes, 25 days: who waits for it is woken by something else. */
const UNTIL_NOTIFIED_MS = 2 ** 31 - 1;

/** Nothing is held and no timer runs while nobody follows. */
export function createSyncRunWatch(options: SyncRunWatchOptions): SyncRunWatch {
  const runs = new Map<string, WatchedRun>();
  let poll: ReturnType<typeof setInterval> | undefined;

  function watch(key: RowKey): WatchedRun {
    const name = `${key.teamId}:${key.id}`;
    const known = runs.get(name);
    if (known !== undefined) {
      return known;
    }
    const run: WatchedRun = {
      key,
      followers: new Set(),
      waiting: new Set(),
      notifier: createNotifier(),
      controller: new AbortController(),
      version: null,
      isListening: false,
      failingSince: null,
    };
    runs.set(name, run);
    run.controller.signal.addEventListener('abort', () => {
      runs.delete(name);
      if (runs.size === 0) {
        clearInterval(poll);
        poll = undefined;
      }
    });
    // One timer for all runs: what is asked for all of them at once, who the tokens belong to, is one statement.
    poll ??= setInterval(() => {
      for (const { notifier } of runs.values()) {
        notifier.notify();
      }
    }, options.pollMs);
    void keepLooking(options, run);
    return run;
  }

  return {
    follow(key, follower) {
      const run = watch(key);
      const self: { waiting?: Waiting } = {};
      run.followers.add(self);
      return {
        next: (seen) =>
          new Promise((resolve, reject) => {
            if (!run.followers.has(self)) {
              resolve(undefined);
              return;
            }
            self.waiting = { follower, seen, resolve, reject };
            run.waiting.add(self.waiting);
            if (seen === null || seen !== run.version) {
              run.notifier.notify();
            }
          }),
        leave() {
          run.followers.delete(self);
          const { waiting } = self;
          if (waiting !== undefined) {
            settle(run, waiting, () => waiting.resolve(undefined));
          }
          if (run.followers.size === 0) {
            run.controller.abort();
          }
        },
      };
    },
  };
}

/** Looks when somebody asks or tells of a change, until nobody follows any more. */
async function keepLooking(options: SyncRunWatchOptions, run: WatchedRun): Promise<void> {
  const { signal } = run.controller;
  while (!signal.aborted) {
    await run.notifier.wait(UNTIL_NOTIFIED_MS, signal);
    const endsAt = options.clock() + options.lookGapMs;
    if (run.waiting.size > 0) {
      await look(options, run);
    } else {
      // Whoever comes back looks, because something was told that nobody has seen.
      run.version = null;
    }
    await createNotifier().wait(Math.max(0, endsAt - options.clock()), signal);
  }
}

/** Reads the state once and gives it to those who wait for another one than they have seen. Never throws. */
async function look(options: SyncRunWatchOptions, run: WatchedRun): Promise<void> {
  const waiting = [...run.waiting];
  let session: ReadSession | undefined;
  try {
    // Before the state is read: a look that waits for this holds no connection, of which this may need the last.
    const [outerWait, ...viewers] = await Promise.all([
      options.readOuterWait?.() ?? null,
      ...waiting.map(({ follower }) => follower.authenticate()),
    ]);
    session = openSession(options, run);
    const found = withOuterWait(await readSyncRunVersion(session, run.key), outerWait);
    run.failingSince = null;
    run.version = found?.version ?? null;
    if (found !== null && !run.isListening) {
      run.isListening = true;
      // Without what it is told, it polls.
      listen(options, run, found.rootId).catch(() => undefined);
    }
    const taking: Taking[] = [];
    for (const [index, one] of waiting.entries()) {
      const viewer = viewers[index] ?? null;
      if (viewer === null) {
        settle(run, one, () => one.reject(unauthenticated()));
      } else if (found === null || !viewer.teamIds.includes(run.key.teamId)) {
        settle(run, one, () => one.reject(notFound('sync run')));
      } else if (one.seen !== found.version) {
        settle(run, one, () => taking.push({ one, viewer }));
      }
    }
    if (found === null || taking.length === 0) {
      await session.close();
    } else {
      give(found, taking, session, () => openSession(options, run));
    }
    if ([...run.waiting].some(({ seen }) => seen !== run.version)) {
      run.notifier.notify();
    }
  } catch (error) {
    await session?.close();
    fail(options, run, waiting, error);
  }
}

/** A run that has ended waits for nothing. */
function withOuterWait(
  found: SyncRunVersion | null,
  outerWait: string | null,
): SyncRunVersion | null {
  return found?.status === 'RUNNING' && outerWait !== null
    ? { ...found, version: `${found.version} ${outerWait}` }
    : found;
}

/** Reads are confined to the run's team, whoever else the followers belong to: so all of them may share them. */
function openSession({ reads }: SyncRunWatchOptions, { key }: WatchedRun): ReadSession {
  // A change is told at once; a replica may not have it yet.
  return reads.open({ userId: 0n, teamIds: [key.teamId], onPrimary: true });
}

function settle(run: WatchedRun, one: Waiting, then: () => void): void {
  // Who has left meanwhile has its answer.
  if (run.waiting.delete(one)) {
    then();
  }
}

interface Taking {
  readonly one: Waiting;
  readonly viewer: Identity;
}

/** Those who ask for the same share one session; others have their own, whose failures are theirs alone. */
function give(
  found: SyncRunVersion,
  taking: readonly Taking[],
  first: ReadSession,
  open: () => ReadSession,
): void {
  const byQuestion = new Map<string, Taking[]>();
  for (const taker of taking) {
    const { question } = taker.one.follower;
    const same = byQuestion.get(question) ?? [];
    same.push(taker);
    byQuestion.set(question, same);
  }
  let session: ReadSession | undefined = first;
  for (const takers of byQuestion.values()) {
    const reads = shareReads(session ?? open(), takers.length);
    session = undefined;
    for (const { one, viewer } of takers) {
      one.resolve({ version: found.version, status: found.status, viewer, reads: reads() });
    }
  }
}

/** A database that is busy for a moment fails only who has nothing yet; the next look comes with the next poll. */
function fail(
  { clock, pollMs }: SyncRunWatchOptions,
  run: WatchedRun,
  waiting: readonly Waiting[],
  error: unknown,
): void {
  run.failingSince ??= clock();
  const isOver = clock() - run.failingSince >= pollMs * MAX_FAILING_POLLS;
  for (const one of waiting) {
    if (!(isPassing(error) || isTooSlow(error)) || one.seen === null) {
      settle(run, one, () => one.reject(error));
    } else if (isOver) {
      settle(run, one, () => one.reject(new StreamCut('the database stays away: ask again')));
    }
  }
}

async function listen(
  { changes }: SyncRunWatchOptions,
  run: WatchedRun,
  rootId: bigint,
): Promise<void> {
  const told = changes.subscribe(run.key.teamId, rootId, run.controller.signal);
  // What changed between the look that found the id and this moment was told to nobody.
  run.notifier.notify();
  for await (const _change of told) {
    run.notifier.notify();
  }
}
