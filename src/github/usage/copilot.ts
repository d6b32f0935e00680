import type { Octokit } from '@octokit/rest';
import type { AiReportKind, AiSeatFact } from '../../domain/usage/ai-usage-report.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import { REPORT_ACCESS, SEAT_ACCESS, toCopilotFailure } from './copilot-failures.ts';
import { GitHubFailure, notFound, notGitHub, statusOf } from '../transport/failures.ts';
import {
  mapOrganizationRow,
  mapSeat,
  mapSeatCounts,
  mapUserRow,
  UnusableRow,
} from './map-copilot.ts';
import { BrokenReport, downloadFile } from './report-download.ts';
import { readReportRows } from './report-rows.ts';
import type { GitHubTransport } from '../transport/transport.ts';

export type Copilot = ReturnType<typeof createCopilot>;

/** The version whose answers are read here; GitHub keeps a version for two years at least. */
const API_VERSION = '2026-03-10';

const SEATS_PER_PAGE = 100;

/** An organisation of 100,000 seats. */
const MAX_SEAT_PAGES = 1_000;

/** The list also has seats that are not billed yet: so many times the pages of the billed ones, and this many more. */
const PAGES_PER_BILLED_PAGE = 2;
const MORE_SEAT_PAGES = 10;

const REPORTS: Readonly<Record<AiReportKind, string>> = {
  USERS: 'GET /orgs/{org}/copilot/metrics/reports/users-1-day',
  ORGANIZATION: 'GET /orgs/{org}/copilot/metrics/reports/organization-1-day',
};

/** What Octokit answers, as far as it is read. */
interface Answer {
  readonly status: number;
  readonly data: unknown;
}

/** Sends one request of GitHub's REST API. */
type Ask = (
  route: string,
  parameters: Readonly<Record<string, string | number>>,
) => Promise<Answer>;

/**
 * Asks for Copilot's reports and seats with a client that is made for one credential. Every method throws GitHubFailure,
 * and where reports are read BrokenReport.
 */
export function createCopilot(
  octokit: Octokit,
  { transport, now }: { readonly transport: GitHubTransport; readonly now: () => Date },
) {
  const ask: Ask = (route, parameters) =>
    octokit.request(route, {
      ...parameters,
      headers: { 'x-github-api-version': API_VERSION },
    });

  /** A report that is missing and an organisation that is unknown are both 404. */
  async function checkOrganization(org: string): Promise<void> {
    try {
      await ask('GET /orgs/{org}', { org });
    } catch (error) {
      throw statusOf(error) === 404
        ? notFound(`organisation ${org}`, error)
        : toCopilotFailure(error, `organisation ${org}`, REPORT_ACCESS, now());
    }
  }

  return {
    /** Signed links to the files of a day's report, which live for minutes; null when there is no report of that day. */
    async listReport(
      kind: AiReportKind,
      org: string,
      day: CalendarDate,
    ): Promise<readonly string[] | null> {
      const what = `Copilot reports of ${org}`;
      let answer: Answer;
      try {
        answer = await ask(REPORTS[kind], { org, day });
      } catch (error) {
        if (statusOf(error) === 404) {
          await checkOrganization(org);
          return null;
        }
        throw toCopilotFailure(error, what, REPORT_ACCESS, now());
      }
      return readLinks(answer, what, day);
    },
    /** Downloads the report per user. */
    downloadUsers: (links: readonly string[], day: CalendarDate) =>
      readReportRows(
        links.map((link) => downloadFile(link, transport)),
        (text) => mapUserRow(text, day),
        ({ actor }) => String(actor.githubId),
      ),
    /** Downloads the report of the whole organisation: a line is its total with all parts. */
    downloadTotals: (links: readonly string[], day: CalendarDate) =>
      readReportRows(
        links.map((link) => downloadFile(link, transport)),
        (text) => mapOrganizationRow(text, day),
        () => day,
      ),
    /** Seats of an organisation, with those that could not be read left out. */
    readSeats: (org: string) => readSeats(ask, org, now),
  };
}

/**
 * Whom the list lacks has no seat any more: one that does not end must not decide that.
 * @throws GitHubFailure UNEXPECTED also for a list that goes on behind more pages than there can be, or with a page whose
 * seats earlier pages had
 */
async function readSeats(ask: Ask, org: string, now: () => Date) {
  const what = `Copilot seats of ${org}`;
  try {
    const { data } = await ask('GET /orgs/{org}/copilot/billing', { org });
    const counts = mapSeatCounts(data);
    const seats: AiSeatFact[] = [];
    const known = new Set<bigint>();
    const billedPages = Math.ceil(counts.total / SEATS_PER_PAGE);
    const maxPages = Math.min(
      MAX_SEAT_PAGES,
      billedPages * PAGES_PER_BILLED_PAGE + MORE_SEAT_PAGES,
    );
    for (let page = 1, more = true; more; page += 1) {
      const answer = await ask('GET /orgs/{org}/copilot/billing/seats', {
        org,
        page,
        per_page: SEATS_PER_PAGE,
      });
      const rows = (answer.data as { seats?: unknown } | null)?.seats;
      if (!Array.isArray(rows)) {
        throw notGitHub(what);
      }
      more = rows.length === SEATS_PER_PAGE;
      const shown = rows.flatMap(readableSeat);
      const ids = shown.map(({ actor }) => actor.githubId);
      const isRepeated = ids.length > 0 && ids.every((id) => known.has(id));
      if (more && (isRepeated || page === maxPages)) {
        throw endless(what, page);
      }
      for (const id of ids) {
        known.add(id);
      }
      seats.push(...shown);
    }
    return { counts, seats };
  } catch (error) {
    throw error instanceof UnusableRow
      ? notGitHub(what, error)
      : toCopilotFailure(error, what, SEAT_ACCESS, now());
  }
}

function endless(what: string, pages: number): GitHubFailure {
  return new GitHubFailure(
    'UNEXPECTED',
    `GitHub's answer for ${what} contradicts itself: the pages do not come to an end, there are ${pages} and more.`,
  );
}

/** No content, an empty text and a report without files all say that there is none. */
function readLinks(
  { status, data }: Answer,
  what: string,
  day: CalendarDate,
): readonly string[] | null {
  if (status === 204 || data === '' || data === null || data === undefined) {
    return null;
  }
  const { download_links: links, report_day: reportDay } = data as {
    readonly download_links?: unknown;
    readonly report_day?: unknown;
  };
  if (!Array.isArray(links) || !links.every((link) => typeof link === 'string')) {
    throw notGitHub(what);
  }
  if (links.length === 0) {
    return null;
  }
  if (reportDay !== day) {
    throw new BrokenReport('WRONG_DAY', `GitHub answers for ${day} with a report of another day.`);
  }
  return links;
}

function readableSeat(value: unknown): AiSeatFact[] {
  try {
    const seat = mapSeat(value);
    return seat === null ? [] : [seat];
  } catch (error) {
    if (error instanceof UnusableRow) {
      return [];
    }
    throw error;
  }
}
