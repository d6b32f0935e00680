import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import {
  CONNECT,
  openConnectionsWorld,
  type ConnectionsWorld,
  type ShownAnswer,
} from './connections-world.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

const source = aSource(Array.from({ length: 60 }, (_, index) => aPullRequest(index + 1)));
const names = source.repositories.map((repository) => `${repository.owner}/${repository.name}`);
const TOKEN = 'ghp_of_the_admin';

const PRIVATE_KEY = createAppKeys().privateKey;

let temporal: TestTemporal;
let open: ConnectionsWorld;

beforeAll(async () => {
  temporal = await startTestTemporal();
  open = await openConnectionsWorld({
    source,
    temporal,
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

function stored() {
  return open.world.maintenance.githubConnection.findMany({ orderBy: { id: 'asc' } });
}

describe('the installation of a GitHub App', () => {
  const app = { appId: '4711', installationId: '31', privateKey: PRIVATE_KEY };

  it('is asked with minted tokens, by its own limits, and says what it may do', async () => {
    open.world.github.setInstallation(31);
    const { connection } = await open.connect({ app });
    expect(connection).toMatchObject({ status: 'ACTIVE', kind: 'APP', installationId: '31' });
    expect(connection.webhookUrl).toBe('https://gateway.example.com/webhooks/github');
    expect(connection.belongsTo).not.toBe('');
    await open.backfill([names[0] ?? '']);
    const [row] = await stored();
    expect(row?.identity).toMatch(/\/installation:31$/);
    expect(await open.world.maintenance.pullRequest.count()).toBeGreaterThan(0);
  });

  it('that is suspended, and one that is removed, each say what to do', async () => {
    const { github } = open.world;
    github.setInstallation(31);
    const { connection } = await open.connect({ app });
    github.setInstallation(31, { isSuspended: true });
    expect((await open.test(connection.id)).connection).toMatchObject({
      status: 'SUSPENDED',
      statusReason: expect.stringContaining('is suspended') as string,
    });
    github.setInstallation(31, { isSuspended: false });
    expect((await open.test(connection.id)).connection).toMatchObject({
      status: 'ACTIVE',
      statusReason: null,
    });
    github.removeInstallation(31);
    expect((await open.test(connection.id)).connection).toMatchObject({
      status: 'NEEDS_REAUTH',
      statusReason: expect.stringContaining('not installed any more') as string,
    });
  });
});

describe('what is refused', () => {
  it.each<[what: string, input: object, message: RegExp]>([
    ['nothing to connect with', {}, /^Give either a token or an app\.$/],
    [
      'a token and an app',
      { token: TOKEN, app: { appId: '1', installationId: '1', privateKey: PRIVATE_KEY } },
      /^Give either/,
    ],
    ['a token of two lines', { token: 'ghp_a\nb' }, /^token is no token/],
    [
      'half a key',
      { app: { appId: '1', installationId: '1', privateKey: PRIVATE_KEY.slice(0, 300) } },
      /^privateKey is no private key/,
    ],
    [
      'an App of no number',
      { app: { appId: '0', installationId: '1', privateKey: PRIVATE_KEY } },
      /^appId and installationId/,
    ],
    ['a private host', { token: TOKEN, apiUrl: 'https://10.0.0.1' }, /^apiUrl cannot be used/],
    ['a short webhook secret', { token: TOKEN, webhookSecret: 'short' }, /^webhookSecret must/],
    ['a long label', { token: TOKEN, label: 'x'.repeat(101) }, /^label must/],
  ])('is %s: nothing is stored', async (_, input, message) => {
    const answer = await open.connect(input);
    expect(answer.__typename).toBe('InvalidInputError');
    expect(answer.message).toMatch(message);
    expect(await stored()).toEqual([]);
  });

  it('is whoever is no admin, and what does not exist', async () => {
    const member = await open.memberToken();
    const input = { teamId: open.teamGlobalId, token: TOKEN };
    const refused = await open.askAs<{ connectGitHub: ShownAnswer }>(member, CONNECT, { input });
    expect(refused.data.connectGitHub).toMatchObject({
      __typename: 'ForbiddenError',
      message: 'Only an admin of the team may connect it to GitHub: ask one of them.',
    });
    const other = btoa('Team:999');
    expect((await open.connect({ teamId: other, token: TOKEN })).__typename).toBe('NotFoundError');
    const unknown = btoa(`GithubConnection:${open.world.teamId}:999`);
    expect((await open.connect({ token: TOKEN, connectionId: unknown })).__typename).toBe(
      'NotFoundError',
    );
    expect((await open.test(unknown)).__typename).toBe('NotFoundError');
    expect((await open.disconnect(unknown)).__typename).toBe('NotFoundError');
    expect((await open.disconnect('nonsense')).__typename).toBe('NotFoundError');
    expect(await stored()).toEqual([]);
  });
});
