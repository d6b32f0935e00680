import { afterAll, beforeAll, expect, it } from 'vitest';
import { AI_USAGE, type AiUsageRow } from '../../../../src/db/usage/ai-usage-table.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { readMemberAiUsage, readTeamAiUsage } from '../../../../src/db/reads/ai-usage.ts';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import { rollUpTeam } from '../../../../src/db/rollups/roll-up-team.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { ensureUsagePartitions } from '../../../../src/db/usage/usage-partitions.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { PATIENT } from '../../../support/patience.ts';

const DAY = '2026-03-04';
const NOTHING: Omit<AiUsageRow, 'memberId' | 'date' | 'source' | 'syncedAt'> = {
  suggestionsShown: 0,
  suggestionsAccepted: 0,
  linesSuggested: 0,
  linesAccepted: 0,
  interactions: 0,
  activeHours: null,
  credits: null,
};

/** A member's day with nothing but what is named. */
const DAYS: readonly Partial<typeof NOTHING>[] = [
  {},
  { suggestionsShown: 1 },
  { suggestionsAccepted: 1, suggestionsShown: 1 },
  { interactions: 1 },
  { linesSuggested: 1 },
  { linesAccepted: 1 },
  { credits: 12.5 },
  { activeHours: 0.25 },
  { isMarkedUsed: true },
  { credits: 0, activeHours: 0 },
];

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(async () => {
  await scene.close();
});

it('usage by day and the weeks of members agree on who used AI: whom any number or the source shows', async () => {
  const { teamId } = await addTeam(scene.sql, 'ours');
  const { rows } = await scene.sql.query<{ id: string }>(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
    SELECT $1, n, 'dev-' || n, 'HUMAN', 'test', false FROM generate_series(1, $2::integer) AS n
    ORDER BY n RETURNING id`,
    [teamId, DAYS.length],
  );
  const ids = rows.map(({ id }) => BigInt(id));
  await ensureUsagePartitions(scene.db, [DAY]);
  const usage = DAYS.map((given, index) => ({
    ...NOTHING,
    ...given,
    memberId: ids[index] ?? 0n,
    date: DAY,
    source: 'CURSOR' as const,
    syncedAt: new Date('2026-03-05T00:00:00Z'),
  }));
  await withTeam(scene.db, teamId, (tx) => bulkUpsert(tx, AI_USAGE, teamId, usage));
  await rollUpTeam(scene.db, teamId);
  const weeks = await scene.sql.query<{ active: number }>(
    `SELECT coalesce(w.ai_active_days, 0)::integer AS active
    FROM unnest($1::bigint[]) WITH ORDINALITY AS m(id, ordinal)
    LEFT JOIN weekly_metrics w ON w.member_id = m.id ORDER BY m.ordinal`,
    [ids],
  );
  const session = createReadSource(scene.db, PATIENT.reads).open({ userId: 0n, teamIds: [teamId] });
  const request = { from: DAY, to: '2026-03-05', grouping: 'DAY' } as const;
  const members = await readMemberAiUsage(
    session,
    ids.map((id) => ({ teamId, id })),
    request,
  );
  const [team] = await readTeamAiUsage(session, [{ teamId }], {
    ...request,
    includeExternal: false,
  });
  await session.close();
  // A row of zeros is no day.
  const byDay = members.map(([day]) => day?.activeMembers ?? 0);
  expect(byDay).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  expect(members.map((days) => days.length)).toEqual(byDay);
  expect(weeks.rows.map(({ active }) => active)).toEqual(byDay);
  expect(team?.map(({ activeMembers }) => activeMembers)).toEqual([8]);
  expect(team?.map(({ credits, activeHours }) => [credits, activeHours])).toEqual([[12.5, 0.25]]);
  expect(members.map(([day]) => day?.credits ?? null)[6]).toBe(12.5);
  expect(members[1]?.[0]).toMatchObject({ credits: null, activeHours: null });
});
