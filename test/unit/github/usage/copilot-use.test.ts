import { describe, expect, it } from 'vitest';
import { mapUserRow } from '../../../../src/github/usage/map-copilot.ts';
import { readUse } from '../../../../src/github/usage/copilot-use.ts';

const BEFORE = '2026-06-14';
const SINCE = '2026-06-15';

/** A row of nothing, as GitHub writes it. */
const EMPTY = {
  day: BEFORE,
  user_id: 7,
  user_login: 'ana',
  organization_id: '9',
  enterprise_id: '1',
  ai_adoption_phase: { phase: 'Phase 2', phase_number: 2, version: 'v1' },
  user_initiated_interaction_count: 0,
  code_generation_activity_count: 0,
  code_acceptance_activity_count: 0,
  loc_suggested_to_add_sum: 0,
  loc_suggested_to_delete_sum: 0,
  loc_added_sum: 0,
  loc_deleted_sum: 0,
  ai_credits_used: 0,
  totals_by_ide: [],
  totals_by_feature: [{ feature: 'code_completion', code_generation_activity_count: 0 }],
  used_agent: false,
  used_chat: false,
  used_cli: false,
};

const use = (given: object, day = BEFORE) => readUse({ ...EMPTY, ...given, day }, day);

const CLI = { session_count: 161, request_count: 326, prompt_count: 0 };

describe('a row of the report per user is a day of use', () => {
  it.each<readonly [object]>([
    ...[
      'user_initiated_interaction_count',
      'code_generation_activity_count',
      'code_acceptance_activity_count',
      'loc_suggested_to_add_sum',
      'loc_suggested_to_delete_sum',
      'loc_added_sum',
      'loc_deleted_sum',
    ].map((name): [object] => [{ [name]: 1 }]),
    [{ ai_credits_used: 12.5 }],
    ...[
      'used_agent',
      'used_chat',
      'used_cli',
      'used_copilot_cloud_agent',
      'used_copilot_coding_agent',
      'used_copilot_code_review_active',
      'used_what_comes_next',
    ].map((name): [object] => [{ [name]: true }]),
    [{ totals_by_cli: CLI }],
    [{ totals_by_cli: { session_count: 0, token_usage: { output_tokens_sum: 5 } } }],
    [{ totals_by_copilot_app: { session_count: 1 } }],
    [{ totals_by_3rd_party_agent: [{ agent_id: '1', user_initiated_interaction_count: 2 }] }],
    [{ totals_by_feature: [{ feature: 'agent_edit', loc_added_sum: 3 }] }],
    [{ used_cli: true, used_copilot_code_review_passive: true }],
  ])('with %j', (given) => {
    expect(use(given)).toEqual({ isUse: true, unknown: [] });
    expect(use(given, SINCE)).toEqual({ isUse: true, unknown: [] });
  });

  it('without anything, since GitHub reports users so', () => {
    expect(use({})).toEqual({ isUse: false, unknown: [] });
    expect(use({}, SINCE)).toEqual({ isUse: true, unknown: [] });
    expect(readUse({ day: SINCE, user_id: 7, user_login: 'ana' }, SINCE).isUse).toBe(true);
  });

  it.each([
    [{ used_copilot_code_review_passive: true }],
    [{ totals_by_cli: { last_known_cli_version: { cli_version: '1.0.8', major: 1 } } }],
  ])('is none with %j before', (given) => {
    expect(use(given).isUse).toBe(false);
  });

  it('is none for what was done to a pull request without asking, also since then', () => {
    const passive = { used_copilot_code_review_passive: true };
    expect(use(passive, SINCE)).toEqual({ isUse: false, unknown: [] });
  });

  it('is none for what nobody here knows, which is named', () => {
    const unknown = { totals_by_robot: { beep_count: 3 }, robot_count: 4, shiny: true };
    for (const day of [BEFORE, SINCE]) {
      expect(use(unknown, day)).toEqual({
        isUse: false,
        unknown: ['totals_by_robot', 'robot_count', 'shiny'],
      });
    }
    const nothing = {
      totals_by_robot: {},
      list: [],
      robot_count: 0,
      shiny: false,
      note: 'x',
      no: null,
    };
    expect(use(nothing, SINCE)).toEqual({ isUse: true, unknown: [] });
    expect(use({ ...unknown, used_cli: true })).toMatchObject({ isUse: true });
  });

  it('is read with the row, and deep or odd values break nothing', () => {
    const line = JSON.stringify({ ...EMPTY, used_cli: true, totals_by_robot: [1] });
    expect(mapUserRow(line, BEFORE)).toMatchObject({
      unknown: ['totals_by_robot'],
      usage: { isMarkedUsed: true, interactions: 0 },
    });
    let deep: unknown = { session_count: 1 };
    for (let level = 0; level < 5_000; level += 1) {
      deep = { deep };
    }
    expect(use({ totals_by_cli: deep })).toEqual({ isUse: false, unknown: [] });
    expect(use({ totals_by_cli: 'x', totals_by_ide: 3, used_cli: 'yes' }).isUse).toBe(false);
    const long = use({ [`a\u0000${'b'.repeat(500)}`]: 1 }).unknown[0] ?? '';
    expect(long.length).toBeLessThan(50);
    expect(long).not.toContain('\u0000');
  });
});
