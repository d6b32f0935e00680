import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdLocks } from '../../../../src/db/core/advisory-lock.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { seedTenantRows } from '../../../support/rows/tenant-rows.ts';
import { openScene, readNumber, until, type Scene } from '../scene.ts';

let scene: Scene;
let ours: bigint;
let theirs: bigint;

beforeAll(async () => {
  scene = await openScene();
  ours = await seedTenantRows(scene.sql, 'ours');
  theirs = await seedTenantRows(scene.sql, 'theirs');
});

afterAll(() => scene.close());

describe("a team's transaction", () => {
  it('sees the rows of its team only', async () => {
    const seen = await withTeam(scene.db, ours, async (tx) => [
      (await tx.pullRequest.findMany()).map((row) => row.teamId),
      (await tx.member.findMany()).map((row) => row.teamId),
      (await tx.team.findMany()).map((row) => row.id),
      await tx.pullRequest.findMany({ where: { teamId: theirs } }),
    ]);
    expect(seen).toEqual([[ours], [ours], [ours], []]);
  });

  it("neither changes nor adds another team's rows", async () => {
    await withTeam(scene.db, ours, async (tx) => {
      const where = { teamId: theirs };
      expect(await tx.member.updateMany({ where, data: { login: 'x' } })).toEqual({ count: 0 });
      expect(await tx.review.deleteMany({ where })).toEqual({ count: 0 });
    });
    const foreign = withTeam(scene.db, ours, (tx) =>
      tx.rollupDirty.create({ data: { teamId: theirs, weekStart: new Date('2026-03-09') } }),
    );
    await expect(foreign).rejects.toThrow(/row-level security/);
  });

  it('leaves nothing of its team on its connection', async () => {
    const db = scene.anotherDb(1);
    await withTeam(db, ours, (tx) => tx.pullRequest.count());
    expect(await db.pullRequest.count()).toBe(0);
    const failing = withTeam(db, ours, () => Promise.reject(new Error('boom')));
    await expect(failing).rejects.toThrow('boom');
    expect(await db.team.count()).toBe(0);
    expect(await withTeam(db, theirs, (tx) => tx.team.findMany())).toMatchObject([{ id: theirs }]);
  });

  it('is all or nothing', async () => {
    const half = withTeam(scene.db, ours, async (tx) => {
      await tx.member.updateMany({ data: { login: 'half' } });
      throw new Error('boom');
    });
    await expect(half).rejects.toThrow('boom');
    const logins = await withTeam(scene.db, ours, (tx) => tx.member.findMany());
    expect(logins.map(({ login }) => login)).toEqual(['octocat']);
  });

  it('cancels a statement that takes longer than it may, and the connection goes on', async () => {
    const db = scene.anotherDb(1);
    const slow = withTeam(db, ours, (tx) => tx.$queryRaw`SELECT pg_sleep(3600)::text`, {
      timeoutMs: 150,
    });
    await expect(slow).rejects.toThrow(/statement timeout/);
    expect(await withTeam(db, ours, (tx) => tx.team.count())).toBe(1);
    const [setting] = await db.$queryRaw<{ limit: string }[]>`
      SELECT current_setting('statement_timeout') AS "limit"`;
    expect(setting?.limit).toBe('0');
  });
});

describe('a named lock', () => {
  it('is held by one at a time, over all clients of the database', async () => {
    const clients = [scene.anotherDb(1), scene.anotherDb(1), scene.anotherDb(1)];
    let inside = 0;
    let most = 0;
    await Promise.all(
      clients.map((db) =>
        holdLocks(db, ['github:user:1'], async () => {
          inside += 1;
          most = Math.max(most, inside);
          await scene.db.$queryRaw`SELECT pg_sleep(0.02)::text`;
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  it('does not stand in the way of another name, and goes with a failure', async () => {
    const [one, two] = [scene.anotherDb(1), scene.anotherDb(1)];
    const inner = await holdLocks(one, ['github:user:1'], () =>
      holdLocks(two, ['github:user:2'], () => Promise.resolve('both')),
    );
    expect(inner).toBe('both');
    const failing = holdLocks(one, ['github:user:1'], () => Promise.reject(new Error('boom')));
    await expect(failing).rejects.toThrow('boom');
    expect(await holdLocks(two, ['github:user:1'], () => Promise.resolve('free'))).toBe('free');
  });

  it('is still held when its work must end', async () => {
    const log: string[] = [];
    let other: Promise<unknown> | undefined;
    const work = async (deadline: AbortSignal): Promise<void> => {
      // On a busy machine it is over before the lock is taken.
      if (!deadline.aborted) {
        await new Promise((resolve) => deadline.addEventListener('abort', resolve, { once: true }));
      }
      other = holdLocks(scene.anotherDb(1), ['github:1'], async () => void log.push('another'));
      await until(async () => (await waitingLocks()) === 1);
      log.push('work ends');
    };
    await holdLocks(scene.anotherDb(1), ['github:1'], work, 100);
    await other;
    expect(log).toEqual(['work ends', 'another']);
  });

  it('can be held with others, which are free again with it', async () => {
    const names = ['background:1', 'github:1'];
    const log: string[] = [];
    const others: Promise<unknown>[] = [];
    await holdLocks(scene.anotherDb(1), names, async () => {
      others.push(
        ...names.map((name) =>
          holdLocks(scene.anotherDb(1), [name], async () => void log.push(`${name} free`)),
        ),
      );
      await until(async () => (await waitingLocks()) === 2);
      log.push('work ends');
    });
    await Promise.all(others);
    expect(log[0]).toBe('work ends');
    expect(log.slice(1).toSorted()).toEqual(['background:1 free', 'github:1 free']);
  });
});

function waitingLocks(): Promise<number> {
  return readNumber(
    scene.sql,
    `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
}
