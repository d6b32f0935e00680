import { onTestFinished, vi } from 'vitest';
import {
  createSyncRunWatch,
  type FollowedSyncRun,
  type SyncRunState,
} from '../../../../src/api/core/sync-run-watch.ts';
import { createTokenLookup } from '../../../../src/api/http/authentication.ts';
import type { Identity } from '../../../../src/db/reads/authentication.ts';
import type { ReadSession } from '../../../../src/db/reads/read-source.ts';
import type { ReadScope } from '../../../../src/db/reads/read-transaction.ts';

export const TEAM = 7n;
export const POLL_MS = 2_000;
export const GAP_MS = 100;
const KEY = { teamId: TEAM, id: 1n };

/** Somebody with these teams, the team of the run by default. */
export function identityOf(userId: bigint, teamIds: readonly bigint[] = [TEAM]): Identity {
  return { userId, email: '', name: '', instanceRole: null, teamIds, adminTeamIds: [] };
}

/**
 * Runs whose version the test sets, over a database that only counts. Timers are fake until the test has finished; then
 * whoever follows leaves.
 */
export function createScene() {
  vi.useFakeTimers();
  const followed: FollowedSyncRun[] = [];
  const scene = {
    version: 'a',
    status: 'RUNNING',
    outage: null as Error | null,
    looks: 0,
    tokenStatements: [] as number[],
    openSessions: 0,
    scopes: [] as ReadScope[],
    /** While it is set, who asks for a token waits for it. */
    tokensWait: null as Promise<void> | null,
    identity: (userId: bigint): Identity | null => identityOf(userId),
    tell: (): void => undefined,
  };
  const open = (scope: ReadScope): ReadSession => {
    scene.openSessions += 1;
    scene.scopes.push(scope);
    return {
      db: {} as ReadSession['db'],
      query: async <Row>() => {
        scene.looks += 1;
        if (scene.outage !== null) {
          throw scene.outage;
        }
        return [{ version: scene.version, status: scene.status, rootId: 1n }] as Row[];
      },
      abort: () => undefined,
      close: async () => {
        scene.openSessions -= 1;
      },
    };
  };
  const watch = createSyncRunWatch({
    reads: { open, noteWrite: async () => undefined },
    changes: {
      async *subscribe(_teamId, _runId, signal) {
        const over = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
        while (!signal.aborted) {
          const told = new Promise<void>((resolve) => {
            scene.tell = resolve;
          });
          await Promise.race([told, over]);
          yield;
        }
      },
    },
    pollMs: POLL_MS,
    lookGapMs: GAP_MS,
    clock: () => performance.now(),
  });
  const lookUp = createTokenLookup(async (hashes) => {
    scene.tokenStatements.push(hashes.length);
    await scene.tokensWait;
    return hashes.map((hash) => scene.identity(BigInt(hash[0] ?? 0)));
  });
  const follow = (user = 1, question = 'q', key = KEY): FollowedSyncRun => {
    const authenticate = () => lookUp(Uint8Array.of(user));
    const one = watch.follow(key, { authenticate, question });
    followed.push(one);
    return one;
  };
  const leaveAll = (): void => followed.forEach((one) => one.leave());
  onTestFinished(() => {
    leaveAll();
    vi.useRealTimers();
  });
  return { scene, follow, leaveAll };
}

/** Lets what is due happen, and all that follows from it. */
export const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

/** The version of a state that is due within the gap; what it reads by is closed. */
export async function take(state: Promise<SyncRunState | undefined>): Promise<string | undefined> {
  await settle(GAP_MS);
  const taken = await state;
  await taken?.reads.close();
  return taken?.version;
}

/** So many followers that have seen the first state and wait for the next one. */
export async function wait(
  { follow }: ReturnType<typeof createScene>,
  followers: number,
  key = KEY,
): Promise<Promise<SyncRunState | undefined>[]> {
  const some = Array.from({ length: followers }, (_, index) => follow(index + 1, 'q', key));
  await Promise.all(some.map((one) => take(one.next(null))));
  const next = some.map((one) => one.next('a'));
  // Behind the first look comes one more: what was told before anybody listened is lost.
  await settle(GAP_MS);
  return next;
}
