import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey } from '../core/keys.ts';

/** What was asked for, with which connection: an ETag is good for the credential that it was given to. */
export interface EtagKey extends ConnectionKey {
  /** Path below the REST root, with its query: `/repositories/4711`. */
  readonly url: string;
}

/** An answer whose data are dealt with. */
export interface KnownAnswer {
  /** Empty where GitHub gave none. */
  readonly etag: string;
  readonly fetchedAt: Date;
}

/** The answer whose data are dealt with; null when there is none. */
export async function readAnswered(tx: DbTransaction, key: EtagKey): Promise<KnownAnswer | null> {
  const rows = await tx.$queryRaw<KnownAnswer[]>`
    SELECT etag, fetched_at AS "fetchedAt" FROM github_etag
    WHERE team_id = ${key.teamId} AND connection_id = ${key.connectionId} AND url = ${key.url}`;
  return rows[0] ?? null;
}

/** When lists were asked for last, of those that were. */
export async function readAnsweredAt(
  tx: DbTransaction,
  { teamId, connectionId }: ConnectionKey,
  urls: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const rows = await tx.$queryRaw<{ url: string; fetchedAt: Date }[]>`
    SELECT url, fetched_at AS "fetchedAt" FROM github_etag
    WHERE team_id = ${teamId} AND connection_id = ${connectionId}
      AND url = ANY (${toArrayLiteral(urls)}::text::text[])`;
  return new Map(rows.map(({ url, fetchedAt }) => [url, fetchedAt]));
}

/** The ETag of the answer whose data are stored; null when there is none. */
export async function readEtag(tx: DbTransaction, key: EtagKey): Promise<string | null> {
  return (await readAnswered(tx, key))?.etag ?? null;
}

/** Keeps an ETag. Must run in the transaction that stores what came with it: a 304 says that this is still so. */
export async function saveEtag(
  tx: DbTransaction,
  key: EtagKey,
  etag: string,
  fetchedAt: Date,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO github_etag (team_id, connection_id, url, etag, fetched_at)
    VALUES (${key.teamId}, ${key.connectionId}, ${key.url}, ${etag}, ${fetchedAt})
    ON CONFLICT (team_id, connection_id, url) DO UPDATE SET etag = excluded.etag, fetched_at = excluded.fetched_at`;
}

/** Forgets an ETag: the next request is answered in full. */
export async function forgetEtag(tx: DbTransaction, key: EtagKey): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM github_etag
    WHERE team_id = ${key.teamId} AND connection_id = ${key.connectionId} AND url = ${key.url}`;
}
