import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { createSecretBox, type SecretBox } from '../../../../src/db/core/secret-box.ts';
import { rotateSecrets, SECRET_COLUMNS } from '../../../../src/db/connections/secret-rotation.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';

const OLD = randomBytes(32).toString('base64');
const NEW = randomBytes(32).toString('base64');

let scene: Scene;
let maintenance: Db;
let old: SecretBox;
let both: SecretBox;
let fresh: SecretBox;

beforeAll(async () => {
  scene = await openScene();
  maintenance = scene.maintenanceDb();
  old = await createSecretBox([OLD]);
  both = await createSecretBox([NEW, OLD]);
  fresh = await createSecretBox([NEW]);
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.sql.query('TRUNCATE incident_source, github_connection CASCADE');
});

interface Sealed {
  readonly table: string;
  readonly column: string;
  readonly teamId: bigint;
  readonly rowId: bigint;
  readonly secret: string;
}

let teams = 0;

/** A team with a secret in each column. */
async function seedTeam(): Promise<void> {
  teams += 1;
  const { teamId, connectionId } = await addTeam(scene.sql, `team-${teams}`);
  const { rows } = await scene.sql.query<{ id: string }>(
    "INSERT INTO incident_source (team_id, name) VALUES ($1, 'pager') RETURNING id",
    [teamId],
  );
  const ids = { github_connection: connectionId, incident_source: BigInt(rows[0]?.id ?? 0) };
  for (const { table, column } of SECRET_COLUMNS) {
    const rowId = ids[table as keyof typeof ids];
    const sealed = await old.seal(`${table}.${column} of ${teamId}`, {
      table,
      column,
      teamId,
      rowId,
    });
    await scene.sql.query(`UPDATE ${table} SET ${column} = $1 WHERE team_id = $2 AND id = $3`, [
      sealed,
      teamId,
      rowId,
    ]);
  }
}

async function readSealed(): Promise<Sealed[]> {
  const all: Sealed[] = [];
  for (const { table, column } of SECRET_COLUMNS) {
    const { rows } = await scene.sql.query<{ team_id: string; id: string; secret: string }>(
      `SELECT team_id, id, ${column} AS secret FROM ${table} ORDER BY team_id, id`,
    );
    all.push(
      ...rows.map(({ team_id: teamId, id, secret }) => ({
        table,
        column,
        secret,
        teamId: BigInt(teamId),
        rowId: BigInt(id),
      })),
    );
  }
  return all;
}

async function openAll(box: SecretBox): Promise<string[]> {
  const sealed = await readSealed();
  return Promise.all(sealed.map(({ secret, ...scope }) => box.open(secret, scope)));
}

describe('a rotation of keys', () => {
  it('knows every column that holds secrets', async () => {
    const { rows } = await scene.sql.query(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name ~ 'secret' ORDER BY 1, 2`,
    );
    expect(rows).toEqual(SECRET_COLUMNS);
  });

  it('seals everything with the new key, over more rows than fit into a chunk', async () => {
    for (let team = 0; team < 40; team += 1) {
      await seedTeam();
    }
    const plain = await openAll(old);
    expect(plain).toHaveLength(120);
    expect(await rotateSecrets(maintenance, both)).toEqual({ rotated: 120, unreadable: 0 });
    expect(await openAll(fresh)).toEqual(plain);
  });

  it('changes nothing the second time', async () => {
    await seedTeam();
    await rotateSecrets(maintenance, both);
    const before = await readSealed();
    expect(await rotateSecrets(maintenance, both)).toEqual({ rotated: 0, unreadable: 0 });
    expect(await readSealed()).toEqual(before);
  });

  it('goes on where it was stopped', async () => {
    await seedTeam();
    let sealed = 0;
    const dying: SecretBox = {
      ...both,
      seal: (...given) => {
        sealed += 1;
        return sealed > 2 ? Promise.reject(new Error('killed')) : both.seal(...given);
      },
    };
    await expect(rotateSecrets(maintenance, dying)).rejects.toThrow('killed');
    expect(await rotateSecrets(maintenance, both)).toEqual({ rotated: 1, unreadable: 0 });
    expect(await openAll(fresh)).toHaveLength(3);
  });

  it('leaves alone what an admin gives while it goes on', async () => {
    await seedTeam();
    const [first] = (await readSealed()).map(({ secret: _secret, ...scope }) => scope);
    const given = await both.seal(
      'given meanwhile',
      first ?? { table: '', column: '', teamId: 0n, rowId: 0n },
    );
    const racing: SecretBox = {
      ...both,
      seal: async (plain, scope) => {
        if (scope.column === 'secret' && scope.table === 'github_connection') {
          await scene.sql.query('UPDATE github_connection SET secret = $1', [given]);
        }
        return both.seal(plain, scope);
      },
    };
    expect(await rotateSecrets(maintenance, racing)).toEqual({ rotated: 2, unreadable: 0 });
    expect((await openAll(fresh))[0]).toBe('given meanwhile');
  });

  it('counts what cannot be opened and leaves it as it is, also a secret that was moved to another row', async () => {
    await seedTeam();
    await seedTeam();
    await scene.sql.query(
      `UPDATE github_connection c SET secret = o.secret FROM github_connection o WHERE o.id <> c.id`,
    );
    const before = (await readSealed()).slice(0, 2);
    expect(await rotateSecrets(maintenance, both)).toEqual({ rotated: 4, unreadable: 2 });
    expect((await readSealed()).slice(0, 2)).toEqual(before);
  });
});
