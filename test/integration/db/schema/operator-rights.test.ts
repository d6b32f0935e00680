import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { FORBIDDEN, openTwoTenants, type TwoTenants } from './two-tenants.ts';

let tenants: TwoTenants;
let { application, ours: teamId, theirs: otherId, tables, attempt } = {} as TwoTenants;

beforeAll(async () => {
  tenants = await openTwoTenants();
  ({ application, ours: teamId, theirs: otherId, tables, attempt } = tenants);
  await withDirectConnection(tenants.database.superuserUrl, (connection) =>
    connection.query(`
      INSERT INTO access_token (user_id, name, hash) SELECT id, 'all', sha256(email::bytea) FROM app_user;
      INSERT INTO access_token (user_id, name, hash, opens_team_id, role)
      SELECT user_id, 'one', sha256(user_id::text::bytea), team_id, 'VIEWER' FROM membership`),
  );
});
afterAll(() => tenants?.close());
beforeEach(() => application.query('BEGIN'));
afterEach(() => application.query('ROLLBACK'));

const set = (name: string, value: string) =>
  application.query(`SELECT set_config($1, $2, true)`, [name, value]);
const beOperator = () => set('app.instance_role', 'OPERATOR');

async function count(table: string): Promise<number> {
  const { rows } = await application.query<{ n: number }>(
    `SELECT count(*)::integer AS n FROM "${table}"`,
  );
  return rows[0]?.n ?? 0;
}

it('an operator sees teams, users, memberships and tokens, and no row of what a team does', async () => {
  await beOperator();
  const seen = await Promise.all(['team', 'app_user', 'membership'].map(count));
  expect(seen.every((rows) => rows === 2)).toBe(true);
  const tokens = await application.query('SELECT id FROM access_token');
  expect(tokens.rows).toHaveLength(4);
  const rows: Record<string, number> = {};
  for (const table of tables.filter((name) => name !== 'membership')) {
    rows[table] = await count(table);
  }
  expect(Object.keys(rows).length).toBeGreaterThan(15);
  expect(Object.values(rows).every((number) => number === 0)).toBe(true);
});

it.each(['', 'operator', 'ADMIN'])('the setting %j opens nothing', async (role) => {
  await set('app.instance_role', role);
  expect(await Promise.all(['team', 'app_user', 'membership'].map(count))).toEqual([0, 0, 0]);
  expect((await application.query('SELECT id FROM access_token')).rows).toEqual([]);
  expect(await attempt(`INSERT INTO team (slug, name) VALUES ('new', 'new')`)).toBe(FORBIDDEN);
});

it('nobody becomes an operator, or gets a token for all teams, as the application role', async () => {
  const mint = (columns: string, values: string) =>
    attempt(`INSERT INTO access_token (user_id, name, hash${columns})
      SELECT max(id), 'x', sha256('x')${values} FROM app_user`);
  for (const teams of ['', `{${teamId}}`, `{${teamId},${otherId}}`]) {
    await set('app.team_ids', teams);
    await beOperator();
    expect(await attempt(`UPDATE app_user SET instance_role = 'OPERATOR'`)).toBe(FORBIDDEN);
    expect(await mint('', '')).toBe(FORBIDDEN);
  }
  expect(await mint(', opens_team_id, role', `, ${teamId}, 'ADMIN'`)).toBe(1);
  await set('app.team_ids', `{${otherId}}`);
  expect(await mint(', opens_team_id, role', `, ${teamId}, 'ADMIN'`)).toBe(FORBIDDEN);
});

it('a team reads and revokes its own tokens, sees those for all teams of its users, and no hash', async () => {
  await set('app.team_ids', `{${teamId}}`);
  const { rows } = await application.query<{ name: string }>(
    'SELECT name FROM access_token ORDER BY name',
  );
  expect(rows.map(({ name }) => name)).toEqual(['all', 'one']);
  expect(await attempt('UPDATE access_token SET revoked_at = now()')).toBe(1);
  expect(await attempt('SELECT hash FROM access_token')).toBe(FORBIDDEN);
  expect(await attempt(`UPDATE access_token SET opens_team_id = ${otherId}`)).toBe(FORBIDDEN);
  expect(await attempt('DELETE FROM access_token')).toBe(FORBIDDEN);
});

it('the audit of the installation is for operators, and is only added to', async () => {
  const add = `INSERT INTO instance_audit (action, details) VALUES ('TRIED', '{}')`;
  await set('app.team_ids', `{${teamId}}`);
  expect(await attempt(add)).toBe(FORBIDDEN);
  await beOperator();
  expect(await attempt(add)).toBe(1);
  expect(await count('instance_audit')).toBe(1);
  for (const change of [
    'UPDATE instance_audit SET action = action',
    'DELETE FROM instance_audit',
  ]) {
    expect(await attempt(change)).toBe(FORBIDDEN);
  }
});
