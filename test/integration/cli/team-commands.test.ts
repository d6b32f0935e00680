import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../../../src/cli/core/command.ts';
import {
  createTeamCommand,
  listTeamsCommand,
  renameTeamCommand,
} from '../../../src/cli/teams/team.ts';
import {
  createTokenCommand,
  listTokensCommand,
  revokeTokenCommand,
} from '../../../src/cli/teams/token.ts';
import {
  addUserCommand,
  listUsersCommand,
  removeUserCommand,
} from '../../../src/cli/teams/user.ts';
import { startNodeHost, type NodeHost } from '../../../src/runtime/http/node-host.ts';
import { parseConfig } from '../../../src/runtime/settings/config.ts';
import { createTeamWorld, refusalOf, type TeamWorld } from '../api/teams/team-world.ts';

let world: TeamWorld;
let host: NodeHost;

beforeAll(async () => {
  world = await createTeamWorld();
  host = await startNodeHost({
    fetch: world.gateway.fetch,
    host: '127.0.0.1',
    port: 0,
    onClosing: () => undefined,
    onError: () => undefined,
  });
});
afterAll(async () => {
  await host?.close();
  await world?.close();
});

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as this user would, and answers what it said. @throws what the command throws */
async function run(
  token: string,
  command: (context: CommandContext) => Promise<number>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const note = (message: string): void => void (said.stderr += `${message}\n`);
  const settings = { GATEWAY_URL: `${host.url}/graphql`, GATEWAY_TOKEN: token, ...environment };
  const code = await command({
    config: parseConfig(settings),
    environment: settings,
    projectDirectory: process.cwd(),
    lifetime: {
      signal: new AbortController().signal,
      crashed: new Promise<never>(() => undefined),
      fail: () => undefined,
      onClose: () => undefined,
      close: async () => undefined,
    },
    progress: { update: note, columns: () => null, done: note, note, warn: note, stop() {} },
    input: process.stdin,
    print: (text) => void (said.stdout += text),
  });
  expect(code).toBe(0);
  return said;
}

async function runJson(
  token: string,
  command: (context: CommandContext) => Promise<number>,
): Promise<unknown> {
  const { stdout } = await run(token, command);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

const json = { json: true };
const plain = { json: false };
const days = { name: 'cli', days: 30 };

describe('a team and its users, from the command line', () => {
  it('are made by an operator, listed, renamed and taken away', async () => {
    const { token } = world.operator;
    const created = await run(token, (context) =>
      createTeamCommand(context, 'crew', { ...plain, name: 'The crew' }),
    );
    expect(created.stdout).toMatch(/^Created the team crew\. .*throughline user add <email>/);
    expect(await runJson(token, (context) => listTeamsCommand(context, json))).toEqual({
      teams: ['alpha', 'beta', 'crew', 'stranger'].map((slug) => expect.objectContaining({ slug })),
    });
    await run(token, (context) => renameTeamCommand(context, 'crew', { ...plain, slug: 'crew-2' }));
    const add = { ...plain, team: 'crew-2', role: 'admin' } as const;
    expect(
      (await run(token, (context) => addUserCommand(context, 'Ann@X.test', add))).stdout,
    ).toMatch(/^ann@x\.test is admin of crew-2\. .*token create --team crew-2 --user ann@x\.test/);
    const listed = { ...json, team: 'crew-2', operator: false };
    expect(await runJson(token, (context) => listUsersCommand(context, listed))).toMatchObject({
      users: [{ email: 'ann@x.test', name: 'ann@x.test', role: 'ADMIN' }],
    });
    await run(token, (context) => removeUserCommand(context, 'ANN@x.test', listed));
    expect(await runJson(token, (context) => listUsersCommand(context, listed))).toEqual({
      users: [],
    });
  });

  it('are refused with the sentence of the API, and a user of no team with where to look', async () => {
    const { adminToken } = world.alpha;
    await expect(
      run(adminToken, (context) => createTeamCommand(context, 'mine', plain)),
    ).rejects.toThrow(/^Only an operator may create teams: .*token create --operator/);
    const flags = { ...plain, operator: false };
    await expect(
      run(adminToken, (context) => removeUserCommand(context, 'who@x.test', flags)),
    ).rejects.toThrow(
      /^The team alpha has no user who@x\.test: `throughline user list --team alpha`/,
    );
    await expect(
      run(adminToken, (context) => listUsersCommand(context, { ...flags, team: 'beta' })),
    ).rejects.toThrow(/^There is no such team, or you may not see it\.$/);
    await expect(
      run(world.operator.token, (context) => listUsersCommand(context, flags)),
    ).rejects.toThrow(/^Say which team with --team\.$/);
  });
});

describe('a token, from the command line', () => {
  it('is printed alone, once, listed without its text, and revoked', async () => {
    const { adminToken } = world.alpha;
    const user = 'alpha-viewer@example.test';
    const made = await run(adminToken, (context) =>
      createTokenCommand(context, { ...plain, ...days, operator: false, user }),
    );
    expect(made.stdout).toMatch(/^tl_[0-9a-f]{64}\n$/);
    expect(made.stderr).toMatch(/viewer until \d{4}-\d\d-\d\d\. It is shown this once/);
    const secret = made.stdout.trim();
    expect(await refusalOf(world, secret)).toBeNull();

    const flags = { ...plain, operator: false };
    const shown = await run(adminToken, (context) => listTokensCommand(context, flags));
    expect(shown.stdout).toMatch(/Id.*Name.*User.*Role.*Expires.*Last used/);
    expect(shown.stdout).toMatch(/cli.*alpha-viewer@example\.test.*viewer.*\d{4}-\d\d-\d\d/);
    expect(shown.stdout).not.toContain('tl_');

    const { tokens } = (await runJson(adminToken, (context) =>
      listTokensCommand(context, { ...json, operator: false }),
    )) as { tokens: { id: string; name: string }[] };
    const id = tokens.find(({ name }) => name === 'cli')?.id ?? '';
    await run(adminToken, (context) => revokeTokenCommand(context, id, flags));
    expect(await refusalOf(world, secret)).toBe('UNAUTHENTICATED');
    await expect(
      run(adminToken, (context) => revokeTokenCommand(context, 'cli', flags)),
    ).rejects.toThrow(/^Name the token by its id/);
  });

  it('of an operator needs the connection of the owner, and no gateway', async () => {
    const create = (context: CommandContext) =>
      createTokenCommand(context, { ...plain, ...days, operator: true, user: 'ops@x.test' });
    const databases = {
      DATABASE_URL: world.applicationUrl,
      DATABASE_DIRECT_URL: world.maintenanceUrl,
      GATEWAY_URL: '',
      GATEWAY_TOKEN: '',
    };
    await expect(run('', create, { ...databases, DATABASE_DIRECT_URL: '' })).rejects.toThrow(
      /^DATABASE_DIRECT_URL is needed beside DATABASE_URL/,
    );
    await expect(run('', create, { ...databases, DATABASE_URL: '' })).rejects.toThrow(
      /DATABASE_DIRECT_URL needs DATABASE_URL/,
    );
    // The role of gateways cannot make one, whatever it is configured as.
    await expect(
      run('', create, { ...databases, DATABASE_DIRECT_URL: world.applicationUrl }),
    ).rejects.toThrow(/role throughline_maintenance/);
    await world.sql('ALTER TABLE instance_audit RENAME TO elsewhere');
    await expect(run('', create, databases)).rejects.toThrow(
      /^The tables are those of an earlier release: run `throughline migrate` first\.$/,
    );
    await world.sql('ALTER TABLE elsewhere RENAME TO instance_audit');
    const { stdout } = await run('', create, databases);
    const operators = { ...json, operator: true };
    expect(await runJson(stdout.trim(), (context) => listUsersCommand(context, operators))).toEqual(
      {
        users: [
          expect.objectContaining({ email: 'operator@example.test', role: 'OPERATOR' }),
          expect.objectContaining({ email: 'ops@x.test', role: 'OPERATOR' }),
        ],
      },
    );
    const { tokens } = (await runJson(stdout.trim(), (context) =>
      listTokensCommand(context, operators),
    )) as { tokens: { id: string; userEmail: string }[] };
    expect(tokens.map(({ userEmail }) => userEmail)).toEqual([
      'ops@x.test',
      'operator@example.test',
    ]);

    const flags = { ...plain, operator: true };
    await run(stdout.trim(), (context) => revokeTokenCommand(context, tokens[1]?.id ?? '', flags));
    expect(await refusalOf(world, world.operator.token)).toBe('UNAUTHENTICATED');
    await run(stdout.trim(), (context) =>
      removeUserCommand(context, 'operator@example.test', flags),
    );
    await expect(
      run(stdout.trim(), (context) => removeUserCommand(context, 'ops@x.test', flags)),
    ).rejects.toThrow(/^This is the last operator with a valid token: make another one first/);
  });
});
