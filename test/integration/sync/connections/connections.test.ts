import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import {
  openConnectionsWorld,
  type ConnectionsWorld,
  type ShownAnswer,
} from './connections-world.ts';

const source = aSource(Array.from({ length: 60 }, (_, index) => aPullRequest(index + 1)));
const names = source.repositories.map((repository) => `${repository.owner}/${repository.name}`);
const TOKEN = 'ghp_of_the_admin';

let temporal: TestTemporal;
let open: ConnectionsWorld;
/** Done once, when a sync has asked for one page and asks for the next. */
let atSecondPage: (() => void) | undefined;
let asked = 0;

beforeAll(async () => {
  temporal = await startTestTemporal();
  open = await openConnectionsWorld({
    source,
    temporal,
    onFailpoint: async (failpoint) => {
      asked += failpoint === 'before-fetch' ? 1 : 0;
      if (asked === 2) {
        atSecondPage?.();
        atSecondPage = undefined;
      }
    },
  });
});
afterAll(async () => {
  await open.close();
  await temporal.stop();
});
beforeEach(async () => {
  await open.reset();
  open.world.github.setToken(TOKEN);
});

/** The first repository as a sync would have found it. */
async function addRepository(): Promise<void> {
  const { maintenance, teamId } = open.world;
  const [repository] = source.repositories;
  if (repository === undefined) {
    throw new Error('the small world has no repository');
  }
  const connection = await maintenance.githubConnection.findFirstOrThrow();
  await maintenance.repository.create({
    data: {
      teamId,
      connectionId: connection.id,
      githubId: BigInt(repository.databaseId),
      owner: repository.owner,
      name: repository.name,
      isPrivate: true,
      isArchived: false,
    },
  });
}

function stored() {
  return open.world.maintenance.githubConnection.findMany({ orderBy: { id: 'asc' } });
}

function statesOf({ connection }: ShownAnswer): Record<string, string> {
  return Object.fromEntries(
    connection.permissions.map(({ permission, state }) => [permission, state]),
  );
}

describe('a token that an admin gives', () => {
  it('is stored sealed, tested, and shown nowhere; the webhook secret is shown once', async () => {
    const answer = await open.connect({ token: TOKEN, label: ' Home ' });
    expect(answer).toMatchObject({
      __typename: 'ConnectGitHubPayload',
      isTested: true,
      connection: {
        kind: 'PAT',
        label: 'Home',
        status: 'ACTIVE',
        statusReason: null,
        belongsTo: source.viewer,
      },
    });
    const [row] = await stored();
    expect(row?.secret).toMatch(/^v1\./);
    expect(row?.webhookSecret).toMatch(/^v1\./);
    expect(answer.webhookSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.connection.webhookUrl).toBe(
      `https://gateway.example.com/webhooks/github/${row?.id}`,
    );
    const audit = await open.world.maintenance.adminAudit.findMany();
    expect(audit.map(({ action }) => action)).toEqual(['GITHUB_CONNECTED']);
    expect(JSON.stringify(audit.map(({ details }) => details))).not.toContain(TOKEN);
    expect(
      (await open.connect({ token: TOKEN, connectionId: answer.connection.id })).webhookSecret,
    ).toBe(null);
  });

  it('is stored and tested also when Temporal takes no schedules, and its next test makes them', async () => {
    open.refuseSchedules(true);
    const answer = await open.connect({ token: TOKEN });
    expect(answer).toMatchObject({ isTested: true, isScheduled: false });
    expect(answer.connection.status).toBe('ACTIVE');
    await open.world.launcher.unscheduleTeam(String(open.world.teamId));
    open.refuseSchedules(false);
    expect(await open.test(answer.connection.id)).toMatchObject({
      isDone: true,
      isScheduled: true,
    });
    const made = await open.world.launcher.listSchedules(String(open.world.teamId), []);
    expect(made.map(({ id }) => id)).toContain(
      open.world.launcher.workflowIdOf(`sync-team:${open.world.teamId}`),
    );
  });

  it('that GitHub refuses says so in the connection, and a new one makes it work again', async () => {
    const refused = await open.connect({ token: 'ghp_mistyped' });
    expect(refused.isTested).toBe(true);
    expect(refused.connection).toMatchObject({
      status: 'NEEDS_REAUTH',
      statusReason: expect.stringContaining('GitHub refuses the token') as string,
      permissions: [],
    });
    const mended = await open.connect({ token: TOKEN });
    expect(mended.connection).toMatchObject({ id: refused.connection.id, status: 'ACTIVE' });
    expect(await stored()).toHaveLength(1);
  });

  it('may do what it may: each permission is tested by itself', async () => {
    open.world.github.setToken('fine-grained', {
      scopes: null,
      missing: ['deployments', 'members'],
    });
    const { connection } = await open.connect({ token: 'fine-grained' });
    expect(connection.permissions.every(({ state }) => state === 'UNKNOWN')).toBe(true);
    await addRepository();
    expect(statesOf(await open.test(connection.id))).toEqual({
      PULL_REQUESTS: 'GRANTED',
      CONTENTS: 'GRANTED',
      CHECKS: 'GRANTED',
      DEPLOYMENTS: 'MISSING',
      MEMBERS: 'MISSING',
      WEBHOOKS: 'GRANTED',
      COPILOT_METRICS: 'GRANTED',
    });
    open.world.github.setToken('classic', { scopes: 'repo, read:org' });
    const classic = await open.connect({ token: 'classic', connectionId: connection.id });
    expect(statesOf(classic)).toMatchObject({ PULL_REQUESTS: 'GRANTED', MEMBERS: 'GRANTED' });
  });

  it('beside another one is tested with what that one reads, where GitHub shows it that', async () => {
    await open.connect({ token: TOKEN, label: 'first' });
    await addRepository();
    open.world.github.setToken('second', { scopes: null, missing: ['deployments'] });
    const second = await open.connect({ token: 'second', label: 'second' });
    expect(statesOf(second)).toMatchObject({ PULL_REQUESTS: 'GRANTED', DEPLOYMENTS: 'MISSING' });
    await open.world.maintenance.repository.updateMany({ data: { name: 'of-nobody-else' } });
    const states = statesOf(await open.test(second.connection.id));
    expect(states).toMatchObject({ PULL_REQUESTS: 'UNKNOWN', DEPLOYMENTS: 'UNKNOWN' });
    await open.world.maintenance.githubConnection.updateMany({
      where: { label: 'first' },
      data: { apiUrl: 'https://github.example.com/api/v3' },
    });
    const elsewhere = Object.values(statesOf(await open.test(second.connection.id)));
    expect(new Set(elsewhere)).toEqual(new Set(['UNKNOWN']));
  });

  it('that is revoked in mid-sync stops it; with a new one it goes on where it stood', async () => {
    const { github, maintenance } = open.world;
    const [name = ''] = names;
    const { connection } = await open.connect({ token: TOKEN });
    asked = 0;
    atSecondPage = () => github.revokeToken(TOKEN);
    await open.backfill([name]);
    expect(await stored()).toMatchObject([
      { status: 'NEEDS_REAUTH', statusReason: expect.stringContaining('Give a new one') as string },
    ]);
    const stopped = await maintenance.syncRun.findFirstOrThrow({ where: { pages: 1 } });
    expect(stopped).toMatchObject({ status: 'FAILED', errorCode: 'UNAUTHORIZED' });
    const pages = github.stats().requestsByRepository[name] ?? 0;
    github.setToken('ghp_the_new_one');
    const mended = await open.connect({ token: 'ghp_the_new_one', connectionId: connection.id });
    expect(mended.connection.status).toBe('ACTIVE');
    await open.backfill([name]);
    const [resumed, rest] = await maintenance.syncRun.findMany({
      where: { status: 'COMPLETED', parentId: { not: null } },
      orderBy: { id: 'asc' },
    });
    const [repository] = await maintenance.repository.findMany();
    expect(repository?.watermark).not.toBeNull();
    // The page that the refused sync had read is not read again; what changed since it began is, by a sync of one page.
    expect(resumed?.kind).toBe('BACKFILL');
    expect(rest).toMatchObject({ kind: 'INCREMENTAL', pages: 1 });
    const more = (github.stats().requestsByRepository[name] ?? 0) - pages;
    expect(more).toBe((resumed?.pages ?? 0) + 1);
    const first = await maintenance.syncPage.findFirstOrThrow({
      where: { syncRunId: resumed?.id ?? 0n, page: 1 },
    });
    expect(first.cursorBefore).toBe(stopped.cursor);
    expect(github.stats().brokenRules).toEqual([]);
  });
});

describe('a connection that is ended', () => {
  it('keeps no secret and no schedule, and what was read stays', async () => {
    const { connection } = await open.connect({ token: TOKEN });
    await open.backfill([names[0] ?? '']);
    const before = await open.world.maintenance.pullRequest.count();
    const ended = await open.disconnect(connection.id);
    expect(ended.connection).toMatchObject({ status: 'DISCONNECTED', webhookUrl: null });
    expect(await stored()).toMatchObject([{ secret: null, webhookSecret: null, identity: null }]);
    expect(await open.world.maintenance.pullRequest.count()).toBe(before);
    const requests = open.world.github.stats().requests;
    expect(String(await open.backfill([]))).not.toBe('');
    expect(open.world.github.stats().requests).toEqual(requests);
    expect(await open.test(connection.id)).toMatchObject({ __typename: 'GithubNotConnectedError' });
    expect((await open.disconnect(connection.id)).__typename).toBe('DisconnectGitHubPayload');
    expect(await open.world.maintenance.adminAudit.count()).toBe(2);
  });
});
