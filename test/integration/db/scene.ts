import pg from 'pg';
import type { Db, DbTransaction } from '../../../src/db/core/client.ts';
import { createNodeDb } from '../../../src/db/core/node-client.ts';
import { withTeam } from '../../../src/db/core/team-transaction.ts';
import type { WeekStart } from '../../../src/domain/rollups/week.ts';
import { PATIENCE_MS, PATIENT } from '../../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';

/** A database of its own with a client as the workers have it, and a connection past row-level security. */
export interface Scene {
  readonly database: TestDatabase;
  /** As the application role. */
  readonly db: Db;
  /** A superuser's: sees everything, in UTC. */
  readonly sql: pg.Client;
  /** Another client on the same database, with a pool of its own; ends with the scene. */
  anotherDb(poolSize?: number, applicationName?: string): Db;
  /** As the owner of the tables. */
  maintenanceDb(): Db;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const database = await createTestDatabase();
  const clients: Db[] = [];
  const connect = (
    connectionString: string,
    poolSize: number,
    applicationName = 'throughline-test',
  ): Db => {
    const client = createNodeDb({
      connectionString,
      poolSize,
      applicationName,
      onConnectionError: () => undefined,
      deadlines: PATIENT.database,
    });
    clients.push(client);
    return client;
  };
  const sql = new pg.Client({
    connectionString: database.superuserUrl,
    options: '-c TimeZone=UTC',
  });
  await sql.connect();
  return {
    database,
    db: connect(database.applicationUrl, 4),
    sql,
    anotherDb: (poolSize = 2, applicationName?: string) =>
      connect(database.applicationUrl, poolSize, applicationName),
    maintenanceDb: () => connect(database.maintenanceUrl, 2),
    close: async () => {
      await Promise.all(clients.map((client) => client.$disconnect()));
      await sql.end();
      await database.drop();
    },
  };
}

/** A team with one connection to GitHub and one repository. */
export interface SceneTeam {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  readonly repositoryId: bigint;
}

export interface SceneTeamOptions {
  readonly timeZone?: string;
  readonly weekStart?: WeekStart;
}

/** Makes a team. Its slug must be new; GitHub's number of the repository is the team's own. */
export async function addTeam(
  sql: pg.Client,
  slug: string,
  options: SceneTeamOptions = {},
): Promise<SceneTeam> {
  const { rows } = await sql.query<Record<'team' | 'connection' | 'repository', string>>(
    `WITH t AS (
      INSERT INTO team (slug, name, time_zone, week_start) VALUES ($1, $1, $2, $3) RETURNING id
    ), c AS (
      INSERT INTO github_connection (team_id, kind, api_url) SELECT id, 'PAT', 'https://api.github.com' FROM t
      RETURNING team_id, id
    ), r AS (
      INSERT INTO repository (team_id, connection_id, github_id, owner, name)
      SELECT team_id, id, 4711, 'octo', 'hello' FROM c RETURNING id
    )
    SELECT t.id AS team, c.id AS connection, r.id AS repository FROM t, c, r`,
    [slug, options.timeZone ?? 'UTC', options.weekStart ?? 'MONDAY'],
  );
  const [row] = rows;
  return {
    teamId: BigInt(row?.team ?? 0),
    connectionId: BigInt(row?.connection ?? 0),
    repositoryId: BigInt(row?.repository ?? 0),
  };
}

/** The single number that a statement answers. */
export async function readNumber(
  sql: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const { rows } = await sql.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
  return Number(rows[0]?.[0]);
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error('what was waited for never came');
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

/** A transaction that stays open, its work done, until the test commits it. */
export interface OpenTransaction {
  commit(): Promise<void>;
}

export async function beginWork(
  db: Db,
  teamId: bigint,
  work: (tx: DbTransaction) => Promise<unknown>,
): Promise<OpenTransaction> {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isDone = false;
  const transaction = withTeam(db, teamId, async (tx) => {
    await work(tx);
    isDone = true;
    await gate;
  });
  // Whoever waits for the work must learn that it failed.
  await Promise.race([transaction, until(() => isDone)]);
  return {
    commit: async () => {
      letGo();
      await transaction;
    },
  };
}

/** A transaction client that counts the statements that go through it. */
export function countStatements(tx: DbTransaction): { tx: DbTransaction; count: () => number } {
  let count = 0;
  const counting = new Proxy(tx, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'function' && /^\$(query|execute)Raw/.test(String(name))) {
        return (...parameters: unknown[]): unknown => {
          count += 1;
          return Reflect.apply(value, target, parameters);
        };
      }
      return value;
    },
  });
  return { tx: counting, count: () => count };
}
