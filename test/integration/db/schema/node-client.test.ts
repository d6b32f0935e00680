import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { createNodeDb, verifyDb } from '../../../../src/db/core/node-client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { isDomainError } from '../../../../src/domain/core/errors.ts';
import { withDatabase } from '../../../support/postgres/postgres.ts';
import { addTeam, openScene, until, type Scene, type SceneTeam } from '../scene.ts';
import { PATIENT } from '../../../support/patience.ts';

let scene: Scene;
let team: SceneTeam;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'ours');
});

afterAll(() => scene.close());

/** Runs work on a client of its own. */
async function withClient<T>(
  connectionString: string,
  work: (db: Db, errors: readonly Error[]) => Promise<T>,
): Promise<T> {
  const errors: Error[] = [];
  const db = createNodeDb({
    connectionString,
    poolSize: 2,
    applicationName: 'throughline-test-client',
    onConnectionError: (error) => errors.push(error),
    deadlines: PATIENT.database,
  });
  try {
    return await work(db, errors);
  } finally {
    await db.$disconnect();
  }
}

/** The sentence with which a database is refused. */
async function refusalOf(connectionString: string): Promise<string> {
  return withClient(connectionString, async (db) => {
    try {
      await verifyDb(db);
    } catch (error) {
      if (isDomainError(error) && error.code === 'DATABASE_UNAVAILABLE') {
        return error.message;
      }
      throw error;
    }
    return 'accepted';
  });
}

function withOptions(connectionString: string, options: string): string {
  const url = new URL(connectionString);
  url.searchParams.set('options', options);
  return url.href;
}

describe('time stamps', () => {
  const INSTANTS = [
    '2026-03-08T07:30:00.000Z',
    '2026-11-01T05:30:00.123Z',
    '2026-07-01T00:00:00.001Z',
    '2011-12-30T10:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ];

  it.each(['America/New_York', 'Asia/Kolkata', 'Pacific/Apia'])(
    'are the same instants to everybody, though role and database are in %s',
    async (zone) => {
      const { rows } = await scene.sql.query<{ name: string }>('SELECT current_database() AS name');
      const name = rows[0]?.name;
      await scene.sql.query(`ALTER DATABASE ${name} SET timezone = '${zone}'`);
      const ofRole = `ALTER ROLE throughline_application IN DATABASE ${name}`;
      await scene.sql.query(`${ofRole} SET timezone = '${zone}'`);
      try {
        for (const text of INSTANTS) {
          expect(await writeAndRead(text)).toEqual([text, text, text, text]);
        }
      } finally {
        await scene.sql.query(`${ofRole} RESET timezone`);
        await scene.sql.query(`ALTER DATABASE ${name} RESET timezone`);
      }
    },
  );

  /** Writes an instant by the ORM and by raw SQL; as both read it, and as PostgreSQL itself tells both columns. */
  async function writeAndRead(text: string): Promise<unknown[]> {
    const instant = new Date(text);
    const seen = await withClient(scene.database.applicationUrl, (db) =>
      withTeam(db, team.teamId, async (tx) => {
        await tx.repository.updateMany({ data: { watermark: instant } });
        await tx.$executeRaw`UPDATE repository SET complete_from = ${instant} WHERE team_id = ${team.teamId}`;
        const [raw] = await tx.$queryRaw<{ at: Date }[]>`
          SELECT watermark AS at FROM repository WHERE watermark = ${instant} AND complete_from = watermark`;
        const [row] = await tx.repository.findMany({ where: { watermark: instant } });
        return [row?.watermark?.toISOString(), raw?.at.toISOString()];
      }),
    );
    const stored = await withDirectConnection(scene.database.superuserUrl, (connection) =>
      connection.query<{ text: string }>(
        `SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS text
        FROM repository CROSS JOIN LATERAL (VALUES (watermark), (complete_from)) AS v(at) WHERE team_id = $1`,
        [team.teamId],
      ),
    );
    return [...seen, ...stored.rows.map((row) => row.text)];
  }
});

describe('a database', () => {
  it('that is migrated, reachable and in UTC is accepted, for both roles', async () => {
    expect(await refusalOf(scene.database.applicationUrl)).toBe('accepted');
    expect(await refusalOf(scene.database.maintenanceUrl)).toBe('accepted');
  });

  it('in another time zone is refused', async () => {
    const url = withOptions(scene.database.applicationUrl, '-c TimeZone=America/New_York');
    const message = await refusalOf(url);
    expect(message).toMatch(
      /^The database session runs in time zone America\/New_York, it must be UTC: .*\.$/,
    );
  });

  it('without tables is refused, and it is said how to make them', async () => {
    const { superuserUrl } = inject('postgres');
    expect(await refusalOf(withDatabase(superuserUrl, 'template1'))).toBe(
      'The database has no tables yet: run `throughline migrate` first, with DATABASE_DIRECT_URL.',
    );
  });

  it.each([
    ['nobody listens', 'postgresql://someone:s3cret@127.0.0.1:1/db'],
    ['no such host', 'postgresql://someone:s3cret@no-such-host.invalid/db'],
    ['not an address', 'someone:s3cret@@nowhere'],
    ['no port', 'postgresql://someone:s3cret@127.0.0.1:port/db'],
  ])('at a bad address is refused in one sentence without the password: %s', async (_, url) => {
    const message = await refusalOf(url);
    expect(message).toMatch(
      /^The database does not answer \([^\n]+\): check DATABASE_URL and .*\.$/,
    );
    expect(message).not.toContain('s3cret');
    expect(message).not.toContain('    at ');
  });

  it('that does not know the password, or the database, is refused with its own reason', async () => {
    const unknown = withDatabase(scene.database.applicationUrl, 'no_such_database');
    expect(await refusalOf(unknown)).toContain('no_such_database');
  });
});

describe('a connection that breaks', () => {
  it('is reported and replaced', async () => {
    await withClient(scene.database.applicationUrl, async (db, errors) => {
      const pid = async () =>
        (await db.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;
      const before = await pid();
      await scene.sql.query('SELECT pg_terminate_backend($1)', [before]);
      await until(() => errors.length > 0);
      expect(errors[0]?.message).toMatch(/terminat|connection/i);
      const after = await pid();
      expect(after).not.toBe(before);
    });
  });
});
