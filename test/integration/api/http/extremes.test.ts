import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readIncident } from '../../../../src/api/webhooks/read-incident.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeDeployments } from '../../../../src/db/delivery/deployments.ts';
import { saveReportedIncident } from '../../../../src/db/delivery/incident-sources.ts';
import { storeReleases } from '../../../../src/db/delivery/releases.ts';
import { storeFacts } from '../../../../src/db/sync/store-facts.ts';
import { mapDeployment } from '../../../../src/github/delivery/deployments.ts';
import { mapRelease } from '../../../../src/github/delivery/releases.ts';
import { mapPullRequest } from '../../../../src/github/pulls/map-facts.ts';
import {
  rawActor,
  rawCommit,
  rawEvent,
  rawList,
  rawPullRequest,
  rawReview,
} from '../../../unit/github/pulls/raw-facts.ts';
import { createApiWorld, NOW, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

/** What every door takes is listed, filtered and paged by the API; what no column holds, no door takes. */

const FIRST = new Date('1970-01-01T00:00:00.000Z');
const LAST = new Date('2100-12-31T23:59:59.999Z');
const MAX_ID = 2n ** 63n - 1n;
const MAX_NUMBER = 2 ** 31 - 1;

/** GitHub's instants are whole seconds. */
const instants = fc.oneof(
  fc.constantFrom(FIRST, LAST, new Date('2038-01-19T03:14:08Z'), new Date('1999-12-31T23:59:59Z')),
  fc.date({ min: FIRST, max: LAST, noInvalidDate: true }),
);
const texts = fc.oneof(
  fc.constantFrom('\u{1F680}'.repeat(50), '\u0000', '\uD800', '\u202Eתפ\u0301', '\'"\\{}', '%_'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
);

let world: ApiWorld;
let team: SeededTeam;
let stored = 0;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});
afterAll(async () => {
  await world?.close();
});

async function read<Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) {
  const { data, errors } = await world.ask<Data>(team.adminToken, query, variables);
  expect(errors).toEqual([]);
  return data;
}

interface Page {
  readonly totalCount: number;
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
}

interface Parent {
  readonly team: Readonly<Record<string, Page>> & {
    readonly repository: Readonly<Record<string, Page>>;
  };
}

/** Walks a list of the team to its end, some rows a page. */
async function walk(of: 'TEAM' | 'REPOSITORY', list: string, fields: string) {
  const nodes: Page['nodes'][number][] = [];
  const page = `${list}(first: 7, after: $after) { totalCount pageInfo { endCursor hasNextPage } nodes { ${fields} } }`;
  const query = `query ($after: String) {
    team(slug: "alpha") { ${of === 'TEAM' ? page : `repository(name: "acme/repo-001") { ${page} }`} }
  }`;
  let total: number | undefined;
  let after: string | null = null;
  do {
    const { team: parent }: Parent = await read<Parent>(query, { after });
    const rows: Page | undefined = (of === 'TEAM' ? parent : parent.repository)[list];
    nodes.push(...(rows?.nodes ?? []));
    total = rows?.totalCount;
    after = rows?.pageInfo.hasNextPage === true ? rows.pageInfo.endCursor : null;
  } while (after !== null);
  expect(nodes).toHaveLength(total ?? -1);
  return nodes;
}

test('whatever is stored of GitHub is answered, from the first instant to the last', async () => {
  const key = { teamId: BigInt(team.teamId), repositoryId: BigInt(team.repositoryIds[0] ?? 0) };
  await fc.assert(
    fc.asyncProperty(
      fc.array(instants, { minLength: 9, maxLength: 9 }),
      texts,
      fc.boolean(),
      async (times, text, isMerged) => {
        stored += 1;
        const [createdAt, updatedAt, mergedAt, authored, reviewed, approved, ready, one, two] =
          times.map((at) => at.toISOString());
        const id = MAX_ID - BigInt(stored);
        const number = MAX_NUMBER - stored;
        const author = rawActor({ login: `${text}${stored}`, databaseId: 2 ** 53 - 1 - stored });
        const pull = mapPullRequest(
          rawPullRequest({
            fullDatabaseId: String(id),
            number,
            title: text,
            body: text,
            state: isMerged ? 'MERGED' : 'CLOSED',
            createdAt,
            updatedAt,
            mergedAt: isMerged ? mergedAt : null,
            closedAt: mergedAt,
            author,
            additions: Number.MAX_SAFE_INTEGER,
            totalCommentsCount: MAX_NUMBER,
            commits: rawList([
              rawCommit({ oid: `${stored}`, authoredDate: authored, committedDate: one }),
            ]),
            timelineItems: rawList([
              rawReview({ fullDatabaseId: String(id), submittedAt: reviewed, state: 'COMMENTED' }),
              rawReview({ fullDatabaseId: String(id - 10_000n), submittedAt: approved }),
              rawEvent('ReadyForReviewEvent', { id: `${text}${stored}`, createdAt: ready }),
            ]),
          }),
        );
        if (!pull.ok) {
          throw new Error(pull.rejected.reason);
        }
        const deployment = mapDeployment({
          id: 'DE_1',
          databaseId: MAX_NUMBER - stored,
          environment: text,
          ref: null,
          commitOid: 'a'.repeat(40),
          state: 'SUCCESS',
          description: text,
          createdAt: one,
          creator: author,
          statuses: {
            pageInfo: { hasNextPage: false, endCursor: null },
            nodes: [{ state: 'SUCCESS', createdAt: two }],
          },
        } as never);
        const release = mapRelease({
          databaseId: MAX_NUMBER - stored,
          tagName: text,
          name: text,
          url: 'https://github.example/v1',
          tagCommit: null,
          isDraft: false,
          isPrerelease: false,
          author,
          createdAt: one,
          publishedAt: two,
        } as never);
        await withTeam(world.counting.db, key.teamId, async (tx) => {
          const facts = { pullRequests: [pull.fact], rejected: [], syncedAt: NOW };
          expect((await storeFacts(tx, { ...key, ...facts })).rejected).toEqual([]);
          await storeDeployments(tx, key, [deployment.fact], NOW);
          await storeReleases(tx, key, [release], NOW);
        });
        const filter = { createdFrom: createdAt, createdTo: LAST.toISOString() };
        const found = await read<{ team: { pullRequests: Page } }>(
          `query ($filter: PullRequestFilterInput!) {
            team(slug: "alpha") { pullRequests(first: 100, filter: $filter) { totalCount nodes { number createdAt } } }
          }`,
          { filter },
        );
        const isLast = createdAt === LAST.toISOString();
        expect(found.team.pullRequests.nodes.some((row) => row['number'] === number)).toBe(!isLast);
      },
    ),
    { numRuns: 40, seed: 11 },
  );
  const nested = `phases { codingSeconds pickupSeconds reviewSeconds mergeWaitSeconds cycleTimeSeconds }
    createdAt updatedAt mergedAt closedAt readyAt startedAt firstReviewAt lastApprovalAt additions commentCount
    reviews { nodes { submittedAt } } commits { nodes { authoredAt committedAt } } events { nodes { occurredAt } }`;
  for (const of of ['TEAM', 'REPOSITORY'] as const) {
    const pulls = await walk(of, 'pullRequests', `number title ${nested}`);
    expect(new Set(pulls.map((row) => row['number'])).size).toBe(stored);
    const isAnswered = pulls.every(({ createdAt }) => new Date(String(createdAt)) >= FIRST);
    expect(isAnswered).toBe(true);
  }
  const succeeded = await walk('REPOSITORY', 'deployments', 'createdAt succeededAt environment');
  expect(succeeded).toHaveLength(stored);
  expect(await walk('REPOSITORY', 'releases', 'createdAt publishedAt tag')).toHaveLength(stored);
  const members = await walk('TEAM', 'members', 'login');
  expect(members.length).toBeGreaterThan(stored);
}, 300_000);

/** As a webhook does. */
async function report(told: Readonly<Record<string, unknown>>): Promise<void> {
  const incident = readIncident(told);
  const teamId = BigInt(team.teamId);
  await withTeam(world.counting.db, teamId, (tx) =>
    saveReportedIncident(tx, { ...incident, teamId, source: 'PAGER' }),
  );
}

test('whatever incident a door takes is listed and paged, and the others are refused by a sentence', async () => {
  let reports = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(instants, fc.constantFrom('0000-01-01T00:00:00Z', '10000-01-01T00:00:00Z')),
      fc.option(instants),
      texts,
      async (opened, resolved, text) => {
        reports += 1;
        const openedAt = typeof opened === 'string' ? opened : opened.toISOString();
        const resolvedAt = resolved?.toISOString() ?? null;
        const told = { id: `${text}${reports}`, title: `${text}.`, openedAt, resolvedAt };
        // By hand, which takes nothing of the future; a refusal is an error of the input.
        const { title, id: externalId } = told;
        const input = {
          teamId: globalId.team(team.teamId),
          title,
          externalId,
          openedAt,
          resolvedAt,
        };
        const byHand = await world.ask(
          team.adminToken,
          `mutation ($input: ReportIncidentInput!) {
            reportIncident(input: $input) {
              ... on IncidentPayload { incident { openedAt resolvedAt } } ... on InvalidInputError { code }
            }
          }`,
          { input },
        );
        expect(byHand.body).not.toContain('INTERNAL');
        // By a webhook.
        const refusal = await report(told).catch((error: unknown) => error);
        expect([undefined, 'WebhookRefusal']).toContain((refusal as Error | undefined)?.name);
      },
    ),
    { numRuns: 60, seed: 12 },
  );
  const incidents = await walk(
    'TEAM',
    'incidents',
    'id source externalId title openedAt resolvedAt',
  );
  const [row] = await world.sql<{ count: number }>(
    'SELECT count(*)::integer AS count FROM incident',
  );
  expect(new Set(incidents.map(({ id }) => id)).size).toBe(row?.count);
  expect(incidents.length).toBeGreaterThan(20);
}, 300_000);

test('the most usage that a door takes is summed without an overflow', async () => {
  const most = 10_000_000;
  const counts = { suggestionsShown: most, suggestionsAccepted: most, linesSuggested: most };
  const rows = Array.from({ length: 300 }, (_, day) => ({
    login: 'dev-001',
    date: new Date(Date.UTC(2025, 4, 1 + day)).toISOString().slice(0, 10),
    ...counts,
    linesAccepted: most,
    interactions: most,
    activeHours: 24,
    credits: 1_000_000,
  }));
  const { importAiUsage } = await read<{ importAiUsage: Record<string, unknown> }>(
    `mutation ($input: ImportAiUsageInput!) {
      importAiUsage(input: $input) { ... on ImportAiUsagePayload { accepted refused } ... on UserError { message } }
    }`,
    { input: { teamId: globalId.team(team.teamId), source: 'OTHER', rows } },
  );
  expect(importAiUsage).toEqual({ accepted: 300, refused: 0 });
  const { team: answer } = await read<{ team: { aiUsage: { interactions: string }[] } }>(
    `{ team(slug: "alpha") { aiUsage(by: WEEK, from: "2025-03-12", to: "2026-03-12") { interactions suggestionsShown } } }`,
  );
  const sum = answer.aiUsage.reduce((total, week) => total + BigInt(week.interactions), 0n);
  expect(sum).toBe(BigInt(most) * 300n);
}, 300_000);
