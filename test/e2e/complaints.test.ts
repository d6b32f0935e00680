import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeGitHub, type FakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import { runCommand, type CommandResult } from '../support/processes/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { WORLD_ENCRYPTION_KEY } from '../support/worlds/connected-team.ts';

let directory: string;
let database: TestDatabase;
let github: FakeGitHub;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-complaints-'));
  database = await createTestDatabase();
  github = await startFakeGitHub({
    token: 'good',
    source: {
      viewer: 'ada',
      accounts: [
        {
          kind: 'User',
          databaseId: 1,
          login: 'ada',
          name: null,
          url: 'https://github.example/ada',
          createdAt: '2020-01-01T00:00:00Z',
        },
      ],
      organizations: [],
      repositories: [],
    },
  });
});
afterAll(async () => {
  await github.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

/** A closed port of loopback: nothing answers there. */
const NOWHERE = '127.0.0.1:1';

/** What a command that failed said: one clear sentence and no stack, no secret. */
function complaintOf(result: CommandResult): string {
  const said = `${result.stdout}${result.stderr}`;
  expect(result.code, said).toBe(1);
  expect(said).not.toMatch(/^\s+at /m);
  expect(said).not.toContain('password');
  return said;
}

function embedded(): Record<string, string> {
  return { THROUGHLINE_DATA_DIRECTORY: directory, PORT: '0' };
}

function external(): Record<string, string> {
  return {
    DATABASE_URL: database.applicationUrl,
    DATABASE_DIRECT_URL: database.maintenanceUrl,
    THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
    TEMPORAL_ADDRESS: NOWHERE,
    PORT: '0',
  };
}

test('a name that is no repository is refused with an example', async () => {
  const result = await runCommand(['start', 'not a repository', '--exit'], {
    ...embedded(),
    GITHUB_TOKEN: 'good',
  });
  expect(complaintOf(result)).toMatch(
    /"not a repository" is not a repository: write it as owner\/name/,
  );
});

test('a repository without a token says which setting is missing', async () => {
  const result = await runCommand(['start', 'octocat/hello-world', '--exit'], embedded());
  expect(complaintOf(result)).toMatch(/GITHUB_TOKEN is not set: put a token/);
});

test('a repository that GitHub does not show ends the start with its sentence', async () => {
  const result = await runCommand(['start', 'octocat/none', '--exit'], {
    ...embedded(),
    GITHUB_TOKEN: 'good',
    GITHUB_API_URL: github.url,
  });
  expect(complaintOf(result)).toMatch(
    /GitHub shows no repository octocat\/none: the name is wrong/,
  );
});

test('a token that GitHub refuses ends the start with its sentence', async () => {
  const result = await runCommand(['start', 'octocat/none', '--exit'], {
    ...embedded(),
    GITHUB_TOKEN: 'revoked',
    GITHUB_API_URL: github.url,
  });
  expect(complaintOf(result)).toMatch(/GitHub refuses the token \(401\)/);
});

test('a database that does not answer is named, without its password', async () => {
  const result = await runCommand(['gateway'], {
    ...external(),
    DATABASE_URL: `postgresql://throughline_application:password@${NOWHERE}/throughline`,
  });
  expect(complaintOf(result)).toMatch(/The database does not answer .*check DATABASE_URL/);
});

test('a Temporal that does not answer is named', async () => {
  const result = await runCommand(['worker'], external());
  expect(complaintOf(result)).toMatch(
    /Temporal does not answer at 127\.0\.0\.1:1: check TEMPORAL_ADDRESS/,
  );
});

test('all settings that cannot be used are named at once', async () => {
  const result = await runCommand(['gateway'], { PORT: 'many', WORKER_QUEUES: 'sync,speed' });
  expect(complaintOf(result)).toMatch(/2 settings cannot be used:[\s\S]*PORT[\s\S]*WORKER_QUEUES/);
});

test('help lists every option and setting', async () => {
  const { code, stdout } = await runCommand(['start', '--help'], {});
  expect(code).toBe(0);
  for (const word of [
    '--days',
    '--recording',
    '--exit',
    '--json',
    'GITHUB_TOKEN',
    'DATABASE_URL',
    'WORKER_QUEUES',
  ]) {
    expect(stdout).toContain(word);
  }
});
