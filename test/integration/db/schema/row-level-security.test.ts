import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { FORBIDDEN, openTwoTenants, type TwoTenants } from './two-tenants.ts';

let tenants: TwoTenants;
let { database, application, ours, theirs, tables, attempt } = {} as TwoTenants;

beforeAll(async () => {
  tenants = await openTwoTenants();
  ({ database, application, ours, theirs, tables, attempt } = tenants);
});

afterAll(() => tenants?.close());

beforeEach(async () => {
  await application.query('BEGIN');
});

afterEach(async () => {
  await application.query('ROLLBACK');
});

async function actAs(teamIds: string): Promise<void> {
  await application.query(`SELECT set_config('app.team_ids', $1, true)`, [teamIds]);
}

async function teamsSeen(table: string): Promise<string[]> {
  const { rows } = await application.query<{ id: string }>(`SELECT team_id AS id FROM "${table}"`);
  return rows.map(({ id }) => id);
}

describe('the rows of this test', () => {
  it('are one for each of two teams in every tenant table', async () => {
    expect(tables.length).toBeGreaterThanOrEqual(15);
    await withDirectConnection(database.superuserUrl, async (connection) => {
      for (const table of tables) {
        const { rows } = await connection.query<{ id: string }>(
          `SELECT team_id AS id FROM "${table}" ORDER BY team_id`,
        );
        const teams = rows.map(({ id }) => BigInt(id));
        expect({ table, teams }).toEqual({ table, teams: [ours, theirs] });
      }
    });
  });
});

describe('as the application role', () => {
  it('no row of any tenant table is seen without a team', async () => {
    for (const table of tables) {
      expect({ table, seen: await teamsSeen(table) }).toEqual({ table, seen: [] });
    }
  });

  it('no row is seen on a pooled connection, where the setting is an empty string', async () => {
    await actAs('');
    for (const table of tables) {
      expect({ table, seen: await teamsSeen(table) }).toEqual({ table, seen: [] });
    }
  });

  it('only the rows of the team that is set are seen', async () => {
    await actAs(`{${ours}}`);
    for (const table of tables) {
      expect({ table, seen: await teamsSeen(table) }).toEqual({ table, seen: [String(ours)] });
    }
    const teams = await application.query('SELECT id FROM team');
    expect(teams.rows).toEqual([{ id: String(ours) }]);
  });

  it('a team that does not exist sees nothing, and a setting that is no list of ids is refused', async () => {
    await actAs('{999999}');
    for (const table of tables) {
      expect({ table, seen: await teamsSeen(table) }).toEqual({ table, seen: [] });
    }
    for (const forged of [`${theirs}`, `{${ours}} OR true`, '*', `{"x"}`]) {
      await actAs(forged);
      expect(await attempt('SELECT count(*) FROM pull_request')).toMatch(/^22/);
    }
  });

  it('a viewer of two teams sees both', async () => {
    await actAs(`{${ours},${theirs}}`);
    const seen = await teamsSeen('pull_request');
    expect(seen.toSorted()).toEqual([String(ours), String(theirs)].toSorted());
  });

  it("another team's rows are neither changed nor deleted", async () => {
    await actAs(`{${ours}}`);
    for (const table of tables) {
      const update = await attempt(
        `UPDATE "${table}" SET team_id = team_id WHERE team_id = ${theirs}`,
      );
      const remove = await attempt(`DELETE FROM "${table}" WHERE team_id = ${theirs}`);
      expect({ table, update: [0, FORBIDDEN].includes(update) }).toEqual({ table, update: true });
      expect({ table, remove: [0, FORBIDDEN].includes(remove) }).toEqual({ table, remove: true });
    }
  });

  it('no row is written for another team, and none is given away', async () => {
    await actAs(`{${ours}}`);
    for (const table of tables) {
      const insert = await attempt(`
        INSERT INTO "${table}" SELECT (jsonb_populate_record(NULL::"${table}",
          to_jsonb(r) || '{"team_id": ${theirs}}')).* FROM "${table}" r`);
      const give = await attempt(`UPDATE "${table}" SET team_id = ${theirs}`);
      expect({ table, insert, give }).toEqual({ table, insert: FORBIDDEN, give: FORBIDDEN });
    }
    expect(await attempt(`UPDATE review SET state = 'COMMENTED'`)).toBe(1);
    expect(await attempt(`INSERT INTO rollup_dirty VALUES (${ours}, '2026-03-09')`)).toBe(1);
    expect(await attempt(`UPDATE team SET name = 'x' WHERE id = ${theirs}`)).toBe(0);
    expect(await attempt(`UPDATE team SET name = 'x' WHERE id = ${ours}`)).toBe(1);
    expect(await attempt(`UPDATE team SET id = id`)).toBe(FORBIDDEN);
    expect(await attempt(`DELETE FROM pull_request`)).toBe(FORBIDDEN);
    // Admins change the secret of their own team's connection; no row moves to another team.
    const theirSecret = `UPDATE github_connection SET secret = 'x' WHERE team_id = ${theirs}`;
    expect(await attempt(theirSecret)).toBe(0);
    expect(await attempt(`UPDATE github_connection SET id = id + 1`)).toBe(FORBIDDEN);
    expect(await attempt(`INSERT INTO team (slug, name) VALUES ('new', 'new')`)).toBe(FORBIDDEN);
  });

  it.each([
    ['read a partition past its parent', 'SELECT * FROM partitions.ai_usage_daily_2026_03'],
    ['read with row-level security off', 'SET LOCAL row_security = off; SELECT * FROM review'],
    ['switch row-level security off', 'ALTER TABLE review DISABLE ROW LEVEL SECURITY'],
    ['become the owner', 'SET LOCAL ROLE throughline_maintenance'],
    ['read the tokens', 'SELECT * FROM access_token'],
    ['empty a table', 'TRUNCATE review'],
  ])('no way leads round it: it is forbidden to %s', async (_, statement) => {
    await actAs(`{${ours}}`);
    expect(await attempt(statement)).toBe(FORBIDDEN);
  });
});

describe('as the reader role', () => {
  it('rows of the team that is set are seen, none is written, and secrets stay hidden', async () => {
    const url = database.applicationUrl.replace('throughline_application', 'throughline_reader');
    await withDirectConnection(url, async (reader) => {
      await reader.query(`SELECT set_config('app.team_ids', $1, false)`, [`{${theirs}}`]);
      const seen = await reader.query('SELECT team_id FROM pull_request');
      expect(seen.rows).toEqual([{ team_id: String(theirs) }]);
      for (const statement of ['DELETE FROM review', 'SELECT secret FROM github_connection']) {
        await expect(reader.query(statement)).rejects.toMatchObject({ code: FORBIDDEN });
      }
    });
  });
});
