import { createWriteSource } from '../../../../src/db/core/write-source.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  saveConnection,
  type SavedConnection,
} from '../../../../src/db/connections/connection-changes.ts';
import { createSecretBox, type SecretBox } from '../../../../src/db/core/secret-box.ts';
import { addTeam, openScene, readNumber, type Scene } from '../scene.ts';

const GITHUB = 'https://api.github.com';
const ENTERPRISE = 'https://ghe.example.com/api/v3';

let scene: Scene;
let secrets: SecretBox;
let teamId: bigint;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
  secrets = await createSecretBox([Buffer.alloc(32, 3).toString('base64')]);
});
afterAll(() => scene.close());
beforeEach(async () => {
  teams += 1;
  const { rows } = await scene.sql.query<{ id: string }>(
    `INSERT INTO team (slug, name) VALUES ($1, $1) RETURNING id::text`,
    [`team-${teams}`],
  );
  teamId = BigInt(rows[0]?.id ?? 0);
});

const connect = (
  apiUrl: string,
  connectionId: bigint | null = null,
  of = teamId,
): Promise<SavedConnection | null> =>
  createWriteSource(scene.db).inTeam(of, 1n, (tx) =>
    saveConnection(tx, secrets, {
      teamId: of,
      connectionId,
      label: null,
      apiUrl,
      credential: { kind: 'PAT', secret: 'ghp_of_the_admin' },
      webhookSecret: null,
    }),
  );

const countConnections = (of = teamId): Promise<number> =>
  readNumber(scene.sql, 'SELECT count(*) FROM github_connection WHERE team_id = $1', [of]);

test('a team with repositories of one server takes no connection to another, new or changed', async () => {
  const { teamId: known, connectionId } = await addTeam(scene.sql, 'with-repositories');
  const refusal = {
    code: 'INVALID_INPUT',
    message: expect.stringMatching(/api\.github\.com.*ghe\.example\.com.*another team/) as string,
  };
  await expect(connect(ENTERPRISE, null, known)).rejects.toMatchObject(refusal);
  await expect(connect(ENTERPRISE, connectionId, known)).rejects.toMatchObject(refusal);
  await scene.sql.query(
    `UPDATE github_connection SET status = 'DISCONNECTED', disconnected_at = now() WHERE team_id = $1`,
    [known],
  );
  await expect(connect(ENTERPRISE, null, known)).rejects.toMatchObject(refusal);
  expect(await countConnections(known)).toBe(1);
  expect(await connect(GITHUB, null, known)).toMatchObject({ connectionId });
});

test('a source of AI usage counts as data of its server', async () => {
  const first = await connect(GITHUB);
  await scene.sql.query(
    `INSERT INTO ai_usage_source (team_id, source, organization, connection_id) VALUES ($1, 'COPILOT', 'acme', $2)`,
    [teamId, first?.connectionId],
  );
  await expect(connect(ENTERPRISE)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('a connection that works counts before anything was read with it', async () => {
  const first = await connect(GITHUB);
  await scene.sql.query(
    `UPDATE github_connection SET identity = 'api.github.com/user:1' WHERE team_id = $1`,
    [teamId],
  );
  await expect(connect(ENTERPRISE)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(await connect(ENTERPRISE, first?.connectionId ?? 0n)).not.toBeNull();
});

test('a mistyped server that never answered stands in the way of nothing', async () => {
  await connect('https://ghe.exampel.com/api/v3');
  expect(await connect(ENTERPRISE)).not.toBeNull();
  expect(await countConnections()).toBe(2);
});

test('several connections to one server are allowed, whatever its port and path', async () => {
  const { teamId: known } = await addTeam(scene.sql, 'with-several');
  await connect(GITHUB, null, known);
  await connect(`${GITHUB}:8443/v3`, null, known);
  expect(await countConnections(known)).toBe(3);
});
