import type { AccountData, OrganizationData } from '../../core/github-data.ts';
import { createRandom } from '../../core/random.ts';
import type { GitHubWorld } from '../world.ts';

/** The counts that every row and every part of one has. */
interface Activity {
  readonly user_initiated_interaction_count: number;
  readonly code_generation_activity_count: number;
  readonly code_acceptance_activity_count: number;
  readonly loc_suggested_to_add_sum: number;
  readonly loc_suggested_to_delete_sum: number;
  readonly loc_added_sum: number;
  readonly loc_deleted_sum: number;
}

/** A line of the report per user, with the fields that GitHub documents. */
export interface CopilotUserRow extends Activity {
  readonly day: string;
  readonly organization_id: string;
  readonly user_id: number;
  readonly user_login: string;
  readonly used_agent: boolean;
  readonly used_chat: boolean;
  readonly ai_credits_used?: number;
  readonly totals_by_ide: readonly (Activity & { readonly ide: string })[];
  readonly totals_by_feature: readonly (Activity & { readonly feature: string })[];
  readonly totals_by_language_feature: readonly (Activity & {
    readonly language: string;
    readonly feature: string;
  })[];
  readonly totals_by_model_feature: readonly (Activity & {
    readonly model: string;
    readonly feature: string;
  })[];
}

const EDITORS = ['vscode', 'intellij', 'vim'] as const;
const LANGUAGES = ['typescript', 'go', 'python', 'yaml', 'swift'] as const;
const MODELS = ['gpt-5', 'claude-sonnet-4.5', 'auto'] as const;

/** Credits are reported since this day. */
const FIRST_CREDIT_DAY = '2026-06-19';

const WEEKDAY_SHARE = 0.85;
const WEEKEND_SHARE = 0.15;

/** Whose seats these are: the organisation's people. */
export function seatHolders(world: GitHubWorld, { members }: OrganizationData): AccountData[] {
  return members
    .map((login) => world.account(login))
    .filter((account) => account?.kind === 'User')
    .filter((account) => account !== undefined);
}

/** Whether somebody used Copilot on a UTC day: follows from login and day alone. */
export function isActive({ login }: AccountData, day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const share = weekday === 0 || weekday === 6 ? WEEKEND_SHARE : WEEKDAY_SHARE;
  return createRandom('copilot-active', login, day).chance(share);
}

/**
 * What the people of an organisation did on a UTC day, in the form of the report per user.
 * @param isSettled false while telemetry still comes in late: the counts are lower then
 */
export function userRows(
  world: GitHubWorld,
  organization: OrganizationData,
  day: string,
  isSettled: boolean,
): CopilotUserRow[] {
  const organizationId = String(world.account(organization.login)?.databaseId ?? 0);
  return seatHolders(world, organization)
    .filter((account) => isActive(account, day))
    .map((account) => userRow(account, organizationId, day, isSettled));
}

function userRow(
  { login, databaseId }: AccountData,
  organizationId: string,
  day: string,
  isSettled: boolean,
): CopilotUserRow {
  const habits = createRandom('copilot-habits', login);
  const ide = habits.pickWeighted(EDITORS, (editor) => (editor === 'vscode' ? 4 : 1));
  const language = habits.pick(LANGUAGES);
  const model = habits.pick(MODELS);
  const rate = 0.2 + habits.next() * 0.2;
  const random = createRandom('copilot-day', login, day);
  const seen = isSettled ? 1 : 0.9;
  const shown = Math.floor(random.logNormal(60, 0.7) * seen);
  const accepted = Math.floor(shown * rate);
  const completion = {
    ...NO_ACTIVITY,
    code_generation_activity_count: shown,
    code_acceptance_activity_count: accepted,
    loc_suggested_to_add_sum: shown * 3,
    loc_added_sum: accepted * 2,
  };
  const prompts = Math.floor(random.logNormal(8, 0.8) * seen);
  const chat = { ...NO_ACTIVITY, user_initiated_interaction_count: prompts };
  const total = sum([completion, chat]);
  return {
    day,
    organization_id: organizationId,
    user_id: databaseId,
    user_login: login,
    ...total,
    used_agent: false,
    used_chat: prompts > 0,
    ...(day >= FIRST_CREDIT_DAY && { ai_credits_used: prompts / 4 }),
    totals_by_ide: [{ ide, ...total }],
    totals_by_feature: [
      { feature: 'code_completion', ...completion },
      { feature: 'chat_panel_ask_mode', ...chat },
    ],
    totals_by_language_feature: [{ language, feature: 'code_completion', ...completion }],
    totals_by_model_feature: [
      { model: 'default', feature: 'code_completion', ...completion },
      { model, feature: 'chat_panel_ask_mode', ...chat },
    ],
  };
}

const NO_ACTIVITY: Activity = {
  user_initiated_interaction_count: 0,
  code_generation_activity_count: 0,
  code_acceptance_activity_count: 0,
  loc_suggested_to_add_sum: 0,
  loc_suggested_to_delete_sum: 0,
  loc_added_sum: 0,
  loc_deleted_sum: 0,
};

function sum(parts: readonly Activity[]): Activity {
  const total: Record<keyof Activity, number> = { ...NO_ACTIVITY };
  for (const part of parts) {
    for (const name of Object.keys(NO_ACTIVITY) as (keyof Activity)[]) {
      total[name] += part[name];
    }
  }
  return total;
}

/** The one line of the report of a whole organisation: the users' rows, added up. */
export function organizationRow(rows: readonly CopilotUserRow[]): object {
  const [first] = rows;
  return {
    day: first?.day,
    organization_id: first?.organization_id,
    daily_active_users: rows.length,
    ...sum(rows),
    totals_by_ide: addUp(
      rows.flatMap((row) => row.totals_by_ide),
      ({ ide }) => ({ ide }),
    ),
    totals_by_feature: addUp(
      rows.flatMap((row) => row.totals_by_feature),
      ({ feature }) => ({ feature }),
    ),
    totals_by_language_feature: addUp(
      rows.flatMap((row) => row.totals_by_language_feature),
      ({ language, feature }) => ({ language, feature }),
    ),
    totals_by_model_feature: addUp(
      rows.flatMap((row) => row.totals_by_model_feature),
      ({ model, feature }) => ({ model, feature }),
    ),
  };
}

function addUp<Part extends Activity>(parts: readonly Part[], nameOf: (part: Part) => object) {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const name = JSON.stringify(nameOf(part));
    groups.set(name, [...(groups.get(name) ?? []), part]);
  }
  return [...groups].map(([name, group]) => ({ ...(JSON.parse(name) as object), ...sum(group) }));
}
