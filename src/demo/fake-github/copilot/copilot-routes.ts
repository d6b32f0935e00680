import type { Endpoints } from '@octokit/types';
import type { OrganizationData } from '../../core/github-data.ts';
import type { CopilotFiles } from './copilot-files.ts';
import { isActive, organizationRow, seatHolders, userRows } from './copilot-usage.ts';
import { toSimpleUser } from '../rest/rest-accounts.ts';
import { restError, type RestAnswer, type RestScope } from '../rest/rest-scope.ts';
import type { ViolationLog } from '../rules/violation-log.ts';

/** How Copilot stands in every organisation. */
export interface CopilotSettings {
  /** Whether the policy "Copilot usage metrics" lets reports out. */
  readonly policy: 'ENABLED' | 'DISABLED';
  /** Whether the token has the permission for the reports. */
  readonly reports: 'ALLOWED' | 'FORBIDDEN';
  /** Whether the token has the permission for the seats. */
  readonly seats: 'ALLOWED' | 'FORBIDDEN';
  readonly rowsPerFile: number;
  /** How long links are good for. */
  readonly linkSeconds: number;
}

export const COPILOT_DEFAULTS: CopilotSettings = {
  policy: 'ENABLED',
  reports: 'ALLOWED',
  seats: 'ALLOWED',
  rowsPerFile: 50,
  linkSeconds: 300,
};

export interface CopilotRequest {
  readonly method: string;
  readonly url: URL;
  readonly apiVersion: string | undefined;
}

type SeatPage = Endpoints['GET /orgs/{org}/copilot/billing/seats']['response']['data'];
type Billing = Endpoints['GET /orgs/{org}/copilot/billing']['response']['data'];

const PATH =
  /^\/orgs\/([^/]+)\/copilot\/(billing|billing\/seats|metrics\/reports\/(users|organization)-1-day)$/;
const API_VERSION = '2026-03-10';
const FIRST_REPORT_DAY = '2025-10-10';
const DAY_MS = 86_400_000;
const REPORT_RETENTION_DAYS = 366;

/** A report is there six hours after its day, and settled after three days. */
const READY_AFTER_MS = DAY_MS + 6 * 3_600_000;
const SETTLED_AFTER_MS = 4 * DAY_MS;

/** Days without use after which a seat counts as unused. */
const CYCLE_DAYS = 28;

/** GitHub reports nothing of fewer users. */
const MIN_ACTIVE_USERS = 5;

/** Answers what GitHub's REST API says about Copilot; null for other paths. */
export function answerCopilot(
  { method, url, apiVersion }: CopilotRequest,
  scope: RestScope,
  deps: {
    readonly settings: CopilotSettings;
    readonly files: CopilotFiles;
    readonly rules: ViolationLog;
  },
): RestAnswer | null {
  const [, login, what, kind] = PATH.exec(url.pathname) ?? [];
  if (method !== 'GET' || login === undefined) {
    return null;
  }
  if (apiVersion !== API_VERSION) {
    deps.rules.recordViolation(
      `Copilot was asked with the API version ${apiVersion ?? '(none)'}, not ${API_VERSION}.`,
    );
  }
  const organization = scope.world.organization(login);
  if (organization === undefined) {
    return restError(404, 'Not Found');
  }
  if (kind !== undefined) {
    return answerReport(kind, url.searchParams.get('day') ?? '', { scope, organization, ...deps });
  }
  if (deps.settings.seats === 'FORBIDDEN') {
    return forbidden('organization_copilot_seat_management=read');
  }
  return what === 'billing'
    ? answerBilling(scope, organization)
    : answerSeats(scope, organization, url);
}

function forbidden(permission: string): RestAnswer {
  return {
    ...restError(403, 'Resource not accessible by personal access token'),
    headers: { 'x-accepted-github-permissions': permission },
  };
}

function answerReport(
  kind: string,
  day: string,
  deps: {
    readonly scope: RestScope;
    readonly organization: OrganizationData;
    readonly settings: CopilotSettings;
    readonly files: CopilotFiles;
    readonly rules: ViolationLog;
  },
): RestAnswer {
  const { scope, organization, settings, files, rules } = deps;
  if (settings.reports === 'FORBIDDEN') {
    return forbidden('organization_copilot_metrics=read');
  }
  if (settings.policy === 'DISABLED') {
    return restError(403, 'Copilot usage metrics policy is not enabled for this organization.');
  }
  const startMs = Date.parse(`${day}T00:00:00Z`);
  const ageMs = Date.parse(scope.at) - startMs;
  if (Number.isNaN(startMs) || ageMs < 0) {
    rules.recordViolation(
      `A report was asked for the day "${day}", which is none or has not begun.`,
    );
    return restError(400, 'Invalid day');
  }
  if (day < FIRST_REPORT_DAY || ageMs > REPORT_RETENTION_DAYS * DAY_MS) {
    return restError(404, 'Not Found');
  }
  const rows = userRows(scope.world, organization, day, ageMs >= SETTLED_AFTER_MS);
  if (ageMs < READY_AFTER_MS || rows.length < MIN_ACTIVE_USERS) {
    return { status: 204, body: null };
  }
  const lines = (kind === 'users' ? rows : [organizationRow(rows)]).map((row) =>
    JSON.stringify(row),
  );
  const links: string[] = [];
  for (let start = 0; start < lines.length; start += settings.rowsPerFile) {
    links.push(files.sign(lines.slice(start, start + settings.rowsPerFile), settings.linkSeconds));
  }
  return { status: 200, body: { download_links: links, report_day: day } };
}

/** The last day of the current cycle on which somebody used Copilot; null when there is none. */
function lastActiveDay(account: Parameters<typeof isActive>[0], at: string): string | null {
  for (let back = 1; back <= CYCLE_DAYS; back += 1) {
    const day = new Date(Date.parse(at) - back * DAY_MS).toISOString().slice(0, 10);
    if (isActive(account, day)) {
      return day;
    }
  }
  return null;
}

function answerBilling(scope: RestScope, organization: OrganizationData): RestAnswer {
  const holders = seatHolders(scope.world, organization);
  const active = holders.filter((holder) => lastActiveDay(holder, scope.at) !== null).length;
  const body: Billing = {
    seat_breakdown: {
      total: holders.length,
      added_this_cycle: 0,
      pending_cancellation: 0,
      pending_invitation: 0,
      active_this_cycle: active,
      inactive_this_cycle: holders.length - active,
    },
    public_code_suggestions: 'block',
    seat_management_setting: 'assign_selected',
    plan_type: 'business',
  };
  return { status: 200, body };
}

function answerSeats(scope: RestScope, organization: OrganizationData, url: URL): RestAnswer {
  const holders = seatHolders(scope.world, organization);
  const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 50));
  const page = Number(url.searchParams.get('page') ?? 1);
  const body: SeatPage = {
    total_seats: holders.length,
    seats: holders.slice((page - 1) * size, page * size).map((holder) => {
      const day = lastActiveDay(holder, scope.at);
      return {
        assignee: toSimpleUser(scope, holder),
        assigning_team: null,
        pending_cancellation_date: null,
        last_activity_at: day === null ? null : `${day}T15:04:05Z`,
        last_activity_editor: day === null ? null : 'vscode/1.104.1/copilot/1.320.0',
        created_at: '2025-01-07T09:00:00Z',
        plan_type: 'business',
      };
    }),
  };
  return { status: 200, body };
}
