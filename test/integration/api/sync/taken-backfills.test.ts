import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowLauncher } from '../../../../src/contracts/launcher.ts';
import { createWriteSource } from '../../../../src/db/core/write-source.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, type ApiWorld, type GraphqlAnswer } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { lockTable } from '../table-lock.ts';

const START = `mutation ($input: StartBackfillInput!) {
  startBackfill(input: $input) {
    __typename
    ... on StartBackfillPayload { joined syncRun { id status } }
    ... on UserError { code message }
  }
}`;

interface Answer {
  readonly startBackfill: {
    readonly __typename: string;
    readonly code?: string;
    readonly message?: string;
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What an admin may be told; anything else is a defect. */
const TOLD = new Set(['OVERLOADED', 'DATABASE_UNAVAILABLE', 'CONFLICT']);

/** Says that it goes on, though it could not be shown or noted. */
const TAKEN = /was carried out|took the request/;

describe('a backfill that Temporal has taken', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  /** The days back that Temporal was asked to go, counted by the database's clock. */
  const taken = new Set<number>();

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });

  beforeEach(async () => {
    taken.clear();
    await world.sql('DELETE FROM sync_run');
  });

  afterAll(async () => {
    await world?.close();
  });

  /** Starts the first backfill, and lets all others join it. */
  function launcher(): Pick<WorkflowLauncher, 'joinBackfill' | 'startBackfill'> {
    const workflow = { workflowId: 'backfill:1', workflowRunId: 'run-1' };
    let syncRunId: string | null = null;
    const take = (since: string | null) =>
      taken.add(Math.round((Date.now() - Date.parse(since ?? '')) / DAY_MS));
    return {
      joinBackfill: async ({ since }) => {
        if (syncRunId === null) {
          return null;
        }
        take(since);
        return { ...workflow, syncRunId, joined: true };
      },
      startBackfill: async ({ since, syncRunId: id }) => {
        take(since);
        const joined = syncRunId !== null;
        syncRunId ??= id ?? null;
        return { ...workflow, syncRunId, joined };
      },
    };
  }

  const start = (days: number, gateway: Gateway) =>
    world.ask<Answer | null>(
      team.adminToken,
      START,
      { input: { teamId: globalId.team(team.teamId), daysBack: days } },
      gateway,
    );

  const isTaken = (days: number) => taken.has(days);

  const failureOf = ({ data, errors }: GraphqlAnswer<Answer | null>) => {
    const [error] = errors;
    return error === undefined
      ? { code: data?.startBackfill.code, message: data?.startBackfill.message }
      : { code: error.extensions?.code, message: error.message };
  };

  it('is never told as one that failed inside, when sixty start at once on ten connections', async () => {
    const gateway = world.createGateway({
      launcher: { ...world.launcher, ...launcher() },
      writes: createWriteSource(world.counting.db, { maxWaitMs: 100, lockTimeoutMs: 100 }),
    });
    expect(failureOf(await start(100, gateway)).code).toBeUndefined();
    const days = Array.from({ length: 60 }, (_, index) => index + 1);
    const answers = await Promise.all(days.map((count) => start(count, gateway)));
    const failures = answers
      .map((answer, index) => ({ ...failureOf(answer), wasTaken: isTaken(index + 1) }))
      .filter(({ code }) => code !== undefined);
    expect(failures.filter(({ code = '' }) => !TOLD.has(code))).toEqual([]);
    expect(
      failures.filter(({ message = '', wasTaken }) => TAKEN.test(message) !== wasTaken),
    ).toEqual([]);
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(taken.size).toBe(61);
  });

  it('says so when it joined one that runs, and that could not be noted', async () => {
    const once = { launcher: { ...world.launcher, ...launcher() } };
    expect(failureOf(await start(1, world.createGateway(once))).code).toBeUndefined();
    const busy = new DomainError('OVERLOADED', 'The server is busy.');
    const refuse = () => Promise.reject(busy);
    const writes = { inTeam: refuse, asOperator: refuse };
    const answer = await start(2, world.createGateway({ ...once, writes }));
    expect(failureOf(answer)).toEqual({
      code: 'OVERLOADED',
      message: expect.stringContaining('The backfill that runs took the request') as string,
    });
    expect(isTaken(2)).toBe(true);
  });

  it('says so when its job cannot be shown', async () => {
    const { startBackfill, joinBackfill } = launcher();
    const gateway = world.createGateway({
      launcher: {
        ...world.launcher,
        joinBackfill,
        startBackfill: async (request) => {
          await lockTable(world, 'sync_run');
          return startBackfill(request);
        },
      },
      deadlines: { ...PATIENT, reads: { ...PATIENT.reads, lockMs: 100 } },
    });
    const answer = await start(1, gateway);
    expect(answer.errors).toMatchObject([{ path: ['startBackfill', 'syncRun'] }]);
    expect(failureOf(answer)).toEqual({
      code: 'OVERLOADED',
      message: expect.stringContaining('The mutation itself was carried out') as string,
    });
    expect(isTaken(1)).toBe(true);
  });
});
