import { join } from 'node:path';
import type { Db } from '../../db/core/client.ts';
import { findDrift } from '../../db/schema/drift.ts';
import { migrate } from '../../db/schema/migrate.ts';
import { createNodeDb } from '../../db/core/node-client.ts';
import { mintAccessToken, provisionConnection, provisionTeam } from '../../db/teams/provision.ts';
import { createSecretBox } from '../../db/core/secret-box.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { Platform } from './platform.ts';

/** A token of a start is good for a day; the next start revokes it. */
const TOKEN_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Name under which a start finds the token that it made last. */
const TOKEN_NAME = 'start';

/** @throws DomainError INVALID_INPUT when no connection of the owner of the tables is configured */
export function directUrl(platform: Pick<Platform, 'database'>): string {
  const { directUrl: url } = platform.database;
  if (url === undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      'DATABASE_DIRECT_URL is needed beside DATABASE_URL: the same database as the role throughline_maintenance.',
    );
  }
  return url;
}

/**
 * Does work on one connection of its own as the owner of the tables.
 * @param applicationName shown in pg_stat_activity
 * @throws DomainError INVALID_INPUT when no connection of the owner of the tables is configured
 */
export async function withMaintenanceDb<T>(
  platform: Pick<Platform, 'database'>,
  applicationName: string,
  work: (maintenance: Db) => Promise<T>,
): Promise<T> {
  const maintenance = createNodeDb({
    connectionString: directUrl(platform),
    poolSize: 1,
    applicationName,
    // A connection that breaks fails what uses it, which tells more.
    onConnectionError: () => undefined,
  });
  try {
    return await work(maintenance);
  } finally {
    await maintenance.$disconnect();
  }
}

/**
 * Brings the tables up to date.
 * @returns names of the migrations that were applied
 */
export async function migrateDatabase(
  platform: Pick<Platform, 'database'>,
  projectDirectory: string,
): Promise<readonly string[]> {
  try {
    const { applied } = await migrate(directUrl(platform), {
      prismaDirectory: join(projectDirectory, 'prisma'),
    });
    return applied;
  } catch (error) {
    if (error instanceof DomainError) {
      throw error;
    }
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new DomainError(
      'DATABASE_UNAVAILABLE',
      `The database cannot be migrated: ${reason} Check DATABASE_DIRECT_URL, and that deploy/postgres/roles.sql was run.`,
      { cause: error },
    );
  }
}

/** Says how the database differs from what the migrations make of it; empty when it does not. */
export async function findDatabaseDrift(
  platform: Pick<Platform, 'database'>,
  projectDirectory: string,
): Promise<readonly string[]> {
  return findDrift(directUrl(platform), { prismaDirectory: join(projectDirectory, 'prisma') });
}

export interface WorkspaceInput {
  readonly team: { readonly slug: string; readonly name: string };
  readonly github: { readonly apiUrl: string; readonly token: string };
}

export interface Workspace {
  readonly teamId: bigint;
  /** Access token of the team's admin. */
  readonly token: string;
}

/** Makes or finds the team, gives it the credential and mints a new access token for its admin. */
export async function provisionWorkspace(
  platform: Platform,
  input: WorkspaceInput,
): Promise<Workspace> {
  return withMaintenanceDb(platform, 'throughline provision', async (maintenance) => {
    const secrets = await createSecretBox(platform.encryptionKeys);
    const { teamId, userId } = await provisionTeam(maintenance, {
      ...input.team,
      adminEmail: 'admin@localhost',
      adminName: 'Local admin',
    });
    await provisionConnection(maintenance, { teamId, ...input.github, secrets });
    const token = await mintAccessToken(maintenance, {
      userId,
      name: TOKEN_NAME,
      lifetimeMs: TOKEN_LIFETIME_MS,
      now: new Date(),
    });
    return { teamId, token };
  });
}
