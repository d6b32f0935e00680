import { describe, expect, it } from 'vitest';
import type {
  AiUsageTotalFact,
  AiUserUsage,
} from '../../../../src/domain/usage/ai-usage-report.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import { BrokenReport } from '../../../../src/github/usage/report-download.ts';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { generateOrganisation } from '../../../../src/demo/organisation/organisation.ts';
import { createGitHubConnector, type GitHub } from '../../../../src/github/client.ts';
import { createTransport } from '../../../../src/github/transport/transport.ts';
import { allow, gitHubWith } from '../../../support/github/github.ts';
import { serve, TOKEN } from '../../demo/small-world.ts';

const NOW = new Date('2026-06-10T12:00:00Z');
const ORG = 'acme-robotics';
/** A Monday. */
const DAY = '2026-06-08';
const source = generateOrganisation({ seed: 5, now: NOW, since: NOW, daysAhead: 0 });

interface World {
  readonly fake: FakeGitHub;
  readonly github: GitHub;
}

async function open(now: () => Date = () => NOW): Promise<World> {
  const fake = await serve(source, { token: TOKEN, now });
  return { fake, github: gitHubWith(fake.url, TOKEN, now) };
}

async function readUsers({ github }: World, day = DAY) {
  const links = await github.copilot.listReport('USERS', ORG, day);
  return github.copilot.downloadUsers(links ?? [], day);
}

async function failureOf<Failure extends Error>(
  work: Promise<unknown>,
  type: new (...args: never[]) => Failure,
): Promise<Failure> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(type);
  return error as Failure;
}

const total = (rows: readonly AiUserUsage[], of: keyof AiUserUsage['usage']): number =>
  rows.reduce((sum, { usage }) => sum + Number(usage[of]), 0);

describe('reading a day of Copilot', () => {
  it('reads users from all files of the report, and breaks no rule', async () => {
    const world = await open();
    const whole = await readUsers(world);
    world.fake.setCopilot({ rowsPerFile: 3 });
    const inParts = await readUsers(world);
    expect(inParts).toEqual(whole);
    expect(whole.rows.length).toBeGreaterThanOrEqual(5);
    expect(world.fake.stats().downloads).toBe(1 + Math.ceil(whole.rows.length / 3));
    expect(whole.rows[0]?.actor).toMatchObject({
      kind: 'HUMAN',
      kindRule: 'seen in a Copilot report',
    });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('reads the organisation as totals that add up to its users', async () => {
    const world = await open();
    const users = await readUsers(world);
    const links = await world.github.copilot.listReport('ORGANIZATION', ORG, DAY);
    const { rows, refused } = await world.github.copilot.downloadTotals(links ?? [], DAY);
    const facts = rows.flat();
    const of = (dimension: AiUsageTotalFact['dimension']) =>
      facts.filter((fact) => fact.dimension === dimension);
    expect(refused).toBe(0);
    expect(of('TOTAL')).toMatchObject([
      {
        name: '',
        activeUsers: users.rows.length,
        suggestionsShown: total(users.rows, 'suggestionsShown'),
        suggestionsAccepted: total(users.rows, 'suggestionsAccepted'),
        interactions: total(users.rows, 'interactions'),
      },
    ]);
    for (const dimension of ['LANGUAGE', 'EDITOR', 'FEATURE', 'MODEL'] as const) {
      const shown = of(dimension).reduce((sum, fact) => sum + fact.suggestionsShown, 0);
      expect({ dimension, shown }).toEqual({
        dimension,
        shown: total(users.rows, 'suggestionsShown'),
      });
    }
  });

  it('has no report of a day that is not over, that few worked on, or that lies before the first', async () => {
    const { github } = await open();
    const ask = (day: string) => github.copilot.listReport('USERS', ORG, day);
    expect(await ask('2026-06-10')).toBeNull();
    // A Sunday.
    expect(await ask('2026-06-07')).toBeNull();
    expect(await ask('2025-10-09')).toBeNull();
  });

  it('reads seats with what they are billed as', async () => {
    const { github } = await open();
    const { seats, counts } = await github.copilot.readSeats(ORG);
    expect(counts).toMatchObject({ total: seats.length, pendingCancellation: 0 });
    expect(counts.activeThisCycle + counts.inactiveThisCycle).toBe(counts.total);
    expect(seats[0]).toMatchObject({ plan: 'business', assignedAt: new Date('2025-01-07T09:00Z') });
  });
});

describe('a list of Copilot seats that does not end', () => {
  const seat = (id: number) => ({ assignee: { id, login: `dev-${id}` }, plan_type: 'business' });
  const pageFrom = (first: number) => ({
    seats: Array.from({ length: 100 }, (_, index) => seat(first + index)),
  });

  it.each([
    ['with one page again and again', () => 1, 2],
    ['with two pages in turns', (page: number) => 1 + (page % 2) * 100, 3],
    ['with ever new seats', (page: number) => 1 + page * 100, 12],
    ['with seats of nobody', () => null, 12],
  ])('%s is refused', async (_what, firstOf, requests) => {
    const { fake, github } = await open();
    fake.failNext({ status: 200, body: { seat_breakdown: { total: 90 } } });
    for (let page = 0; page < 20; page += 1) {
      const first = firstOf(page);
      const nobody = { seats: Array.from({ length: 100 }, () => ({ assignee: null })) };
      fake.failNext({ status: 200, body: first === null ? nobody : pageFrom(first) });
    }
    const before = fake.stats().requests.rest;
    const failure = await failureOf(github.copilot.readSeats(ORG), GitHubFailure);
    expect(failure.kind).toBe('UNEXPECTED');
    expect(failure.message).toContain('contradicts itself');
    expect(fake.stats().requests.rest - before).toBe(1 + requests);
  });
});

describe('what stands in the way of Copilot', () => {
  const ask = ({ github }: World) => github.copilot.listReport('USERS', ORG, DAY);

  it('is a policy', async () => {
    const world = await open();
    world.fake.setCopilot({ policy: 'DISABLED' });
    const failure = await failureOf(ask(world), GitHubFailure);
    expect(failure).toMatchObject({ kind: 'POLICY_DISABLED', until: null });
    expect(failure.message).toContain('set the policy "Copilot usage metrics" to enabled');
  });

  it('is a policy when GitHub calls it unprocessable', async () => {
    const world = await open();
    world.fake.failNext({ status: 422, body: { message: 'Copilot metrics API is turned off' } });
    expect(await failureOf(ask(world), GitHubFailure)).toMatchObject({ kind: 'POLICY_DISABLED' });
  });

  it('is a permission, which GitHub names', async () => {
    const world = await open();
    world.fake.setCopilot({ reports: 'FORBIDDEN' });
    const failure = await failureOf(ask(world), GitHubFailure);
    expect(failure.kind).toBe('MISSING_SCOPE');
    expect(failure.message).toContain('GitHub asks for: organization_copilot_metrics=read');
  });

  it('is single sign-on', async () => {
    const world = await open();
    const headers = { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?x=secret' };
    world.fake.failNext({ status: 403, headers, body: { message: 'Resource protected by SAML' } });
    const failure = await failureOf(ask(world), GitHubFailure);
    expect(failure.kind).toBe('MISSING_SCOPE');
    expect(failure.message).toContain('single sign-on');
    expect(failure.message).not.toContain('secret');
  });

  it('is the token, an organisation that is not there, or a limit', async () => {
    const world = await open();
    const { copilot } = world.github;
    expect(
      await failureOf(copilot.listReport('USERS', 'nobody', DAY), GitHubFailure),
    ).toMatchObject({ kind: 'NOT_FOUND' });
    const revoked = gitHubWith(world.fake.url, 'revoked', () => NOW);
    expect(
      await failureOf(revoked.copilot.listReport('USERS', ORG, DAY), GitHubFailure),
    ).toMatchObject({ kind: 'UNAUTHORIZED' });
    world.fake.failNext({ retryAfter: 30 });
    expect(await failureOf(ask(world), GitHubFailure)).toMatchObject({
      kind: 'RATE_LIMITED',
      until: new Date(NOW.getTime() + 30_000),
    });
  });
});

describe('a report that breaks off', () => {
  it.each([
    ['expired', 'LINK_EXPIRED'],
    ['cut', 'CONNECTION_CUT'],
    ['truncated', 'TRUNCATED'],
  ] as const)('that was %s is %s, and can be read again', async (fault, problem) => {
    const world = await open();
    world.fake.failNextDownload(fault);
    const broken = await failureOf(readUsers(world), BrokenReport);
    expect(broken).toMatchObject({ problem });
    expect(broken.message).not.toContain('http');
    expect((await readUsers(world)).refused).toBe(0);
  });

  it('because its link expired in mid-sync has a kind of its own, on the clock of GitHub', async () => {
    let now = NOW;
    const world = await open(() => now);
    const links = (await world.github.copilot.listReport('USERS', ORG, DAY)) ?? [];
    now = new Date(NOW.getTime() + 301_000);
    expect(
      await failureOf(world.github.copilot.downloadUsers(links, DAY), BrokenReport),
    ).toMatchObject({ problem: 'LINK_EXPIRED' });
    expect(world.fake.stats().brokenRules).toEqual([]);
    await failureOf(world.github.copilot.downloadUsers(links, DAY), BrokenReport);
    expect(world.fake.stats().brokenRules).toEqual(['A link that had run out was used again.']);
  });

  it('because GitHub answers with another day is not stored', async () => {
    const world = await open();
    const body = { download_links: ['https://files.example.com/x'], report_day: '2026-06-01' };
    world.fake.failNext({ status: 200, body });
    expect(
      await failureOf(world.github.copilot.listReport('USERS', ORG, DAY), BrokenReport),
    ).toMatchObject({ problem: 'WRONG_DAY' });
  });
});

describe('a link that leads astray', () => {
  const link = (text: string, ...allowed: string[]) => {
    const transport = createTransport({ allowedHosts: allow(...allowed) });
    const connect = createGitHubConnector({ transport, now: () => NOW });
    const auth = { kind: 'PAT', token: TOKEN } as const;
    return connect({ apiUrl: 'https://api.github.com', auth }).copilot.downloadUsers([text], DAY);
  };

  it.each([
    'http://files.example.com/report',
    'https://127.0.0.1/report',
    'https://10.1.2.3/report',
    'https://169.254.169.254/latest/meta-data',
    'https://0x7f000001/report',
    'https://[::1]/report',
    'https://metadata.google.internal/report',
    'https://database/report',
    'https://user:pass@files.example.com/report',
    'file:///etc/passwd',
    'nonsense',
  ])('is not followed: %s', async (text) => {
    const failure = await failureOf(link(text), GitHubFailure);
    expect(failure.kind).toBe('UNEXPECTED');
    expect(failure.message).not.toContain(text);
  });

  it('is not followed elsewhere, even where an operator allows the loopback address', async () => {
    expect(
      await failureOf(link('http://files.example.com/x', '127.0.0.1'), GitHubFailure),
    ).toMatchObject({ kind: 'UNEXPECTED' });
  });
});
