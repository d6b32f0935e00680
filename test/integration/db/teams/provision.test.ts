import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import {
  mintAccessToken,
  provisionConnection,
  provisionTeam,
  type ProvisionedTeam,
} from '../../../../src/db/teams/provision.ts';
import { hashAccessToken } from '../../../../src/domain/core/access-token.ts';
import { createSecretBox, type SecretBox } from '../../../../src/db/core/secret-box.ts';
import { openScene, type Scene } from '../scene.ts';

const HOUR_MS = 3_600_000;

let scene: Scene;
let maintenance: Db;
let secrets: SecretBox;
let team: ProvisionedTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
  maintenance = scene.maintenanceDb();
  secrets = await createSecretBox([randomBytes(32).toString('base64')]);
});

afterAll(() => scene.close());

function provision(slug: string, name = 'Demo'): Promise<ProvisionedTeam> {
  return provisionTeam(maintenance, {
    slug,
    name,
    adminEmail: `${slug}@example.test`,
    adminName: 'Admin',
  });
}

beforeEach(async () => {
  teams += 1;
  team = await provision(`team-${teams}`);
});

function mint(name = 'cli', now = new Date(), lifetimeMs = HOUR_MS): Promise<string> {
  return mintAccessToken(maintenance, { userId: team.userId, name, lifetimeMs, now });
}

/** Whom the database lets in with a token, as the gateway asks it. */
async function admit(token: string): Promise<string[]> {
  const hash = await hashAccessToken(token);
  const rows = await scene.db.$queryRaw<{ user_id: bigint; team_ids: bigint[] }[]>`
    SELECT user_id, team_ids FROM throughline_authenticate(${hash})`;
  return rows.map((row) => `${row.user_id} in ${row.team_ids.join(',')}`);
}

/** Every row of every table, as text. */
async function dumpDatabase(): Promise<string> {
  const tables = await scene.sql.query<{ name: string }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dumps: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await scene.sql.query<{ line: string }>(
      `SELECT t::text AS line FROM ${name} t`,
    );
    dumps.push(...rows.map(({ line }) => line));
  }
  return dumps.join('\n');
}

describe('provisioning a team', () => {
  it('makes team, admin and membership once, and leaves the name of a team that is there', async () => {
    const again = await provision(`team-${teams}`, 'Another');
    expect(again).toEqual(team);
    const { rows } = await scene.sql.query(
      `SELECT t.name, u.email, m.role FROM team t JOIN membership m ON m.team_id = t.id
      JOIN app_user u ON u.id = m.user_id WHERE t.id = $1`,
      [team.teamId],
    );
    expect(rows).toEqual([{ name: 'Demo', email: `team-${teams}@example.test`, role: 'ADMIN' }]);
  });
});

describe('an access token', () => {
  it('lets its user in, to the teams of that user', async () => {
    const token = await mint();
    expect(token).toMatch(/^tl_[0-9a-f]{64}$/);
    expect(await admit(token)).toEqual([`${team.userId} in ${team.teamId}`]);
    expect(await admit(`${token.slice(0, -1)}x`)).toEqual([]);
    expect(await admit('')).toEqual([]);
  });

  it('is revoked at the next mint of its name, and no other', async () => {
    const [first, other] = [await mint('cli'), await mint('dashboard')];
    const second = await mint('cli');
    expect(second).not.toBe(first);
    expect(await admit(first)).toEqual([]);
    expect(await admit(second)).toHaveLength(1);
    expect(await admit(other)).toHaveLength(1);
    const stranger = await provision(`team-${teams}-other`);
    await mintAccessToken(maintenance, {
      userId: stranger.userId,
      name: 'cli',
      lifetimeMs: HOUR_MS,
      now: new Date(),
    });
    expect(await admit(second)).toHaveLength(1);
  });

  it('ends with its lifetime', async () => {
    expect(await admit(await mint('old', new Date(Date.now() - HOUR_MS - 1), HOUR_MS))).toEqual([]);
    expect(await admit(await mint('new', new Date(Date.now() - HOUR_MS + 60_000)))).toHaveLength(1);
  });

  it('is nowhere in the database, its hash is', async () => {
    const token = await mint();
    const dump = await dumpDatabase();
    expect(dump).not.toContain(token);
    expect(dump).not.toContain(token.slice(3));
    expect(dump).toContain(createHash('sha256').update(token).digest('hex'));
  });
});

describe('a connection to GitHub', () => {
  const URL = 'https://api.github.com';

  function connect(token: string, apiUrl = URL): Promise<void> {
    return provisionConnection(maintenance, { teamId: team.teamId, apiUrl, token, secrets });
  }

  async function readConnection() {
    const { rows } = await scene.sql.query<{
      id: string;
      api_url: string;
      secret: string;
      identity: string | null;
      status: string;
    }>('SELECT * FROM github_connection WHERE team_id = $1', [team.teamId]);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    if (row === undefined) {
      throw new Error('the team has no connection');
    }
    const scope = { table: 'github_connection', column: 'secret', teamId: team.teamId };
    const opened = await secrets.open(row.secret, { ...scope, rowId: BigInt(row.id) });
    return { ...row, opened };
  }

  it('keeps its token sealed', async () => {
    await connect('ghp_canary0123456789');
    expect(await readConnection()).toMatchObject({ opened: 'ghp_canary0123456789', api_url: URL });
    expect(await dumpDatabase()).not.toContain('canary');
  });

  it('keeps its row when it gets a new token, and works again', async () => {
    await connect('ghp_old');
    const before = await readConnection();
    await scene.sql.query(
      `UPDATE github_connection SET status = 'NEEDS_REAUTH', status_reason = '401' WHERE team_id = $1`,
      [team.teamId],
    );
    await connect('ghp_new');
    expect(await readConnection()).toMatchObject({
      id: before.id,
      opened: 'ghp_new',
      status: 'ACTIVE',
      status_reason: null,
    });
  });

  it('knows whose it is as long as token and server stay, and asks again after', async () => {
    const remember = () =>
      scene.sql.query(`UPDATE github_connection SET identity = 'user:1' WHERE team_id = $1`, [
        team.teamId,
      ]);
    await connect('ghp_same');
    await remember();
    await connect('ghp_same');
    expect((await readConnection()).identity).toBe('user:1');
    await connect('ghp_other');
    expect((await readConnection()).identity).toBeNull();
    await remember();
    await connect('ghp_other', 'https://github.example/api/v3');
    expect((await readConnection()).identity).toBeNull();
  });

  it('whose key was lost takes a new token all the same', async () => {
    await connect('ghp_old');
    secrets = await createSecretBox([randomBytes(32).toString('base64')]);
    await connect('ghp_new');
    expect((await readConnection()).opened).toBe('ghp_new');
  });
});
