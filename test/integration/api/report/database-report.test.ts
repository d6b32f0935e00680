import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseReport } from '../../../../src/db/report/database-report.ts';
import { createDatabaseReportReader } from '../../../../src/runtime/database/database-report.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedTeam, seedUser, type SeededTeam } from '../seed-team.ts';

const REPORT = `query ($top: Int! = 10) {
  databaseReport(top: $top) {
    measuredAt
    sections { key title columns rows totalCount findings { severity measured advice } }
  }
}`;

interface Answer {
  readonly databaseReport: {
    readonly sections: readonly {
      readonly key: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
      readonly totalCount: number;
      readonly findings: readonly { readonly severity: string }[];
    }[];
  };
}

describe('databaseReport', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let operatorToken: string;
  let gateway: Gateway;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    const operator = await seedUser(world, null, 'VIEWER', 'operator');
    operatorToken = operator.token;
    await world.sql(`UPDATE app_user SET instance_role = 'OPERATOR' WHERE id = $1`, [
      operator.userId,
    ]);
    gateway = world.createGateway({
      readDatabaseReport: createDatabaseReportReader(world.maintenanceUrl),
    });
  });

  afterAll(async () => {
    await gateway?.dispose();
    await world?.close();
  });

  it('shows an operator tables and findings, though no team is theirs', async () => {
    const { data, errors } = await world.ask<Answer>(operatorToken, REPORT, { top: 3 }, gateway);
    expect(errors).toEqual([]);
    const { sections } = data.databaseReport;
    expect(sections.map(({ key }) => key)).toEqual(
      'sizes growth indexes indexBloat scans cache vacuum partitions statements connections transactions replication'.split(
        ' ',
      ),
    );
    const [sizes] = sections;
    expect(sizes?.rows).toHaveLength(3);
    expect(sizes?.totalCount).toBeGreaterThan(15);
    expect(sizes?.rows.every((row) => row.length === sizes.columns.length)).toBe(true);
    expect(sizes?.rows[0]?.at(-1)).toMatch(/^[\d.]+ KB$/);
    for (const { findings } of sections) {
      expect(findings.length).toBeGreaterThan(0);
    }
  });

  it('is for operators: neither for admins of a team nor without a token', async () => {
    const admin = await world.ask(team.adminToken, REPORT, {}, gateway);
    expect(admin.errors[0]?.extensions?.code).toBe('FORBIDDEN');
    const nobody = await world.ask(null, REPORT, {}, gateway);
    expect(nobody.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });

  it('refuses a size that makes no sense', async () => {
    for (const top of [0, -1, 101]) {
      const { errors } = await world.ask(operatorToken, REPORT, { top }, gateway);
      expect(errors[0]?.extensions?.code).toBe('INVALID_INPUT');
    }
  });

  it('says what to set where the gateway does not connect as the owner of the tables', async () => {
    const { errors } = await world.ask(operatorToken, REPORT);
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(/set DATABASE_DIRECT_URL for it/),
      extensions: { code: 'DATABASE_UNAVAILABLE' },
    });
  });

  it('measures once for operators who ask at the same time', async () => {
    const read = createDatabaseReportReader(world.maintenanceUrl);
    const [first, second] = await Promise.all<DatabaseReport>([read(5), read(5)]);
    expect(second).toBe(first);
    expect(await read(5)).not.toBe(first);
  });
});
