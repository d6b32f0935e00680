import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  withSourceLock,
  writeMissingReport,
  writeSeats,
  writeTotalReport,
  writeUserReport,
  type AiReportKey,
} from '../../../../src/db/usage/ai-usage-reports.ts';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { memberChange } from '../../../../src/db/members/member-kind.ts';
import { mergeMembers } from '../../../../src/db/members/member-merge.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { ensureUsagePartitions } from '../../../../src/db/usage/usage-partitions.ts';
import type { ActorFact } from '../../../../src/domain/members/actor.ts';
import { addTeam, openScene, readNumber, until, type Scene } from '../scene.ts';

const DAY = '2026-03-04';
const EARLIER = new Date('2026-03-06T12:00:00Z');
const LATER = new Date('2026-03-06T12:05:00Z');

let scene: Scene;
let key: AiReportKey;

beforeAll(async () => {
  scene = await openScene();
  const { teamId } = await addTeam(scene.sql, 'ours');
  key = { teamId, source: 'COPILOT', organization: 'acme', kind: 'ORGANIZATION', day: DAY };
  await ensureUsagePartitions(scene.db, [DAY]);
});

afterAll(async () => {
  await scene.close();
});

beforeEach(async () => {
  await scene.sql.query(
    'TRUNCATE ai_usage_report, ai_usage_total_daily, ai_usage_daily, ai_seat, ai_seat_daily',
  );
});

const NUMBERS = {
  suggestionsShown: 10,
  suggestionsAccepted: 5,
  linesSuggested: 20,
  linesAccepted: 8,
  interactions: 3,
};

function actor(githubId: bigint): ActorFact {
  return { githubId, login: `dev-${githubId}`, name: null, kind: 'HUMAN', kindRule: 'test' };
}

const stored = (askedAt: Date) => ({ state: 'STORED', reason: null, refused: 0, askedAt }) as const;

/** What a reading of the seats finds: a seat for each account. */
const seats = (askedAt: Date, ...accounts: bigint[]) =>
  withSourceLock(scene.db, key, (tx) => writeSeatsOf(tx, askedAt, accounts));

function writeSeatsOf(tx: DbTransaction, askedAt: Date, accounts: readonly bigint[]) {
  const facts = accounts.map((account) => ({
    actor: actor(account),
    plan: 'business',
    editor: null,
    assignedAt: null,
    lastActivityAt: null,
    pendingCancellationOn: null,
  }));
  const counts = {
    total: facts.length,
    activeThisCycle: facts.length,
    inactiveThisCycle: 0,
    pendingCancellation: 0,
  };
  return writeSeats(tx, key, facts, counts, askedAt);
}

const totals = (askedAt: Date, ...languages: string[]) =>
  withSourceLock(scene.db, key, (tx) =>
    writeTotalReport(
      tx,
      key,
      languages.map((name) => ({
        ...NUMBERS,
        date: DAY,
        dimension: 'LANGUAGE',
        name,
        activeUsers: 7,
      })),
      stored(askedAt),
    ),
  );

const users = (askedAt: Date, ...accounts: bigint[]) =>
  withSourceLock(scene.db, key, (tx) =>
    writeUserReport(
      tx,
      { ...key, kind: 'USERS' },
      accounts.map((account) => ({
        actor: actor(account),
        usage: { ...NUMBERS, date: DAY, source: 'COPILOT', activeHours: null, credits: null },
      })),
      stored(askedAt),
    ),
  );

async function column(text: string): Promise<string[]> {
  const { rows } = await scene.sql.query<{ value: string }>(`SELECT ${text} ORDER BY 1`);
  return rows.map(({ value }) => value);
}

const seatHolders = () =>
  column('m.login AS value FROM ai_seat s JOIN member m ON m.id = s.member_id');

describe('two seats of one person', () => {
  const seat = (account: bigint, editor: string, day: string) => ({
    actor: actor(account),
    plan: editor,
    editor,
    assignedAt: new Date(`${day}T00:00:00Z`),
    lastActivityAt: new Date(`${day}T00:00:00Z`),
    pendingCancellationOn: null,
  });
  const counts = { total: 2, activeThisCycle: 2, inactiveThisCycle: 0, pendingCancellation: 0 };

  it.each([
    ['vim', '2026-03-01', 'vscode', '2026-03-05', 'vscode'],
    ['vim', '2026-03-05', 'vscode', '2026-03-01', 'vim'],
  ])(
    'of %s on %s and %s on %s: the latest activity wins, in a reading and when accounts are merged',
    async (one, oneDay, other, otherDay, last) => {
      await scene.sql.query('UPDATE member SET merged_into_id = NULL');
      const facts = [seat(1n, one, oneDay), seat(2n, other, otherDay)];
      const read = () =>
        withSourceLock(scene.db, key, (tx) => writeSeats(tx, key, facts, counts, LATER));
      expect(await read()).toBe(2);
      const ids = await column(`id::text AS value FROM member WHERE github_id IN (1, 2)`);
      const [intoId = 0n, fromId = 0n] = ids.map(BigInt);
      const { teamId } = key;
      await withTeam(
        scene.db,
        teamId,
        (tx) => mergeMembers(tx, { teamId, fromId, intoId }),
        memberChange(teamId),
      );
      const seatsStored = () =>
        column(`concat(editor, ' ', plan, ' ', assigned_at::date) AS value FROM ai_seat`);
      const kept = [`${last} ${last} ${last === one ? oneDay : otherDay}`];
      expect(await seatsStored()).toEqual(kept);
      await scene.sql.query('DELETE FROM ai_seat; DELETE FROM ai_seat_daily');
      expect(await read()).toBe(1);
      expect(await seatsStored()).toEqual(kept);
    },
  );
});

describe('of two readings of a source, the one that was asked first and commits last', () => {
  it('brings back no seat that the other one removed', async () => {
    await seats(new Date('2026-03-06T11:00:00Z'), 1n, 2n);
    expect(await seats(LATER, 1n)).toBe(1);
    expect(await seats(EARLIER, 1n, 2n)).toBe(1);
    expect(await seatHolders()).toEqual(['dev-1']);
    expect(await column('total::text AS value FROM ai_seat_daily')).toEqual(['1']);
  });

  it('brings back no part of the organisation, and leaves the report of the other one', async () => {
    await totals(LATER, 'go');
    const report = 'to_jsonb(r)::text AS value FROM ai_usage_report r';
    const before = await column(report);
    expect(await totals(EARLIER, 'go', 'rust')).toMatchObject({ inserted: 0, updated: 0 });
    expect(await column('name AS value FROM ai_usage_total_daily')).toEqual(['go']);
    expect(await column(report)).toEqual(before);
  });

  it('adds no usage of a user that the other one does not name', async () => {
    await users(LATER, 1n);
    expect(await users(EARLIER, 1n, 2n)).toMatchObject({ inserted: 0, updated: 0 });
    expect(await readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily')).toBe(1);
  });

  it('is stored all the same when the other one found no report', async () => {
    const nothing = { state: 'BELOW_THRESHOLD', reason: 'none', refused: 0 } as const;
    await withSourceLock(scene.db, key, (tx) =>
      writeMissingReport(tx, key, { ...nothing, askedAt: LATER }),
    );
    await totals(EARLIER, 'go');
    expect(await column('state AS value FROM ai_usage_report')).toEqual(['STORED']);
    expect(await column('name AS value FROM ai_usage_total_daily')).toEqual(['go']);
  });

  it('waits until the other one is written, and then sees it', async () => {
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let isWritten = false;
    const later = withSourceLock(scene.db, key, async (tx) => {
      await writeSeatsOf(tx, LATER, [1n]);
      isWritten = true;
      await gate;
    });
    await Promise.race([later, until(() => isWritten)]);
    const earlier = seats(EARLIER, 1n, 2n);
    const waiting = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await until(async () => (await readNumber(scene.sql, waiting)) === 1);
    letGo();
    await later;
    expect(await earlier).toBe(1);
    expect(await seatHolders()).toEqual(['dev-1']);
  });
});
