import { afterEach, expect, it } from 'vitest';
import { rollUpDirtyWeeks } from '../../../src/db/rollups/weekly-rollup.ts';
import { acceptanceRateOf, missingRateReasonOf } from '../../../src/domain/usage/ai-usage.ts';
import { MONDAY, openUsageWorld, type UsageWorld } from '../sync/usage/usage-world.ts';

let world: UsageWorld | undefined;

afterEach(() => world?.close());

const user = (id: number, login: string, counts: object) =>
  JSON.stringify({ day: MONDAY, user_id: id, user_login: login, ...counts });

const USERS = [
  user(31000001, 'ann-k', {
    user_initiated_interaction_count: 0,
    code_generation_activity_count: 10,
    code_acceptance_activity_count: 4,
  }),
  user(31000002, 'ben-k', {
    user_initiated_interaction_count: 25,
    code_generation_activity_count: 31,
    code_acceptance_activity_count: 38,
    loc_added_sum: 230,
    ai_credits_used: 12.5,
  }),
];

const ORGANIZATION = JSON.stringify({
  day: MONDAY,
  organization_id: '1',
  daily_active_users: 5,
  user_initiated_interaction_count: 30,
  code_generation_activity_count: 300,
  code_acceptance_activity_count: 100,
  totals_by_language_feature: [
    {
      language: 'typescript',
      feature: 'copilot_cli',
      code_generation_activity_count: 213,
      code_acceptance_activity_count: 252,
    },
    {
      language: 'go',
      feature: 'code_completion',
      code_generation_activity_count: 5,
      code_acceptance_activity_count: 2,
    },
  ],
});

it('a row that accepts more than it generated is kept with its interactions, lines and credits', async () => {
  world = await openUsageWorld();
  world.fake.failNextDownload({ body: `${USERS.join('\n')}\n` });
  world.fake.failNextDownload({ body: `${ORGANIZATION}\n` });
  const done = await world.activities.syncAiUsageDays({ ...world.source, days: [MONDAY] });
  expect(done).toMatchObject({ rowsRefused: 0 });
  expect(
    await world.rows(`SELECT m.login, u.interactions::int, u.suggestions_shown::int AS shown,
        u.suggestions_accepted::int AS accepted, u.lines_accepted::int AS lines, u.credits::float AS credits
      FROM ai_usage_daily u JOIN member m ON m.id = u.member_id ORDER BY m.login`),
  ).toEqual([
    { login: 'ann-k', interactions: 0, shown: 10, accepted: 4, lines: 0, credits: null },
    { login: 'ben-k', interactions: 25, shown: 31, accepted: 38, lines: 230, credits: 12.5 },
  ]);
  expect(
    await world.rows(`SELECT name, suggestions_shown::int AS shown, suggestions_accepted::int AS accepted
      FROM ai_usage_total_daily WHERE dimension = 'LANGUAGE' ORDER BY name`),
  ).toEqual([
    { name: 'go', shown: 5, accepted: 2 },
    { name: 'typescript', shown: 213, accepted: 252 },
  ]);
  await rollUpDirtyWeeks(world.scene.db, { teamId: world.teamId, maxWeeks: 4 });
  expect(
    await world.rows(`SELECT m.login, w.ai_active_days::int AS days FROM weekly_metrics w
      JOIN member m ON m.id = w.member_id ORDER BY m.login`),
  ).toEqual([
    { login: 'ann-k', days: 1 },
    { login: 'ben-k', days: 1 },
  ]);
});

it.each([
  [10n, 4n, 0.4, null],
  [10n, 10n, 1, null],
  [31n, 38n, null, 'ACCEPTED_EXCEEDS_SHOWN'],
  [0n, 1n, null, 'ACCEPTED_EXCEEDS_SHOWN'],
  [0n, 0n, null, 'NOTHING_SHOWN'],
] as const)(
  '%d shown and %d accepted have the rate %s, for %s',
  (shown, accepted, rate, reason) => {
    const sums = { suggestionsShown: shown, suggestionsAccepted: accepted };
    expect(acceptanceRateOf(sums)).toBe(rate);
    expect(missingRateReasonOf(sums)).toBe(reason);
  },
);
