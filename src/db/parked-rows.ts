import type { PullRequestFact, RejectedFact } from '../domain/github-facts.ts';
import { toArrayLiteral } from './array-literal.ts';
import type { DbTransaction } from './client.ts';
import {
  storePullRequests,
  type StoredCounts,
  type StorePullRequestsInput,
} from './pull-requests.ts';
import { dataRefusal } from './sql-state.ts';

/** Enough of a reason to find the value. */
const MAX_REASON_CHARACTERS = 500;

export interface StoredOrRefused extends StoredCounts {
  readonly stored: readonly PullRequestFact[];
  readonly refused: readonly RejectedFact[];
}

/**
 * Stores pull requests; what PostgreSQL refuses is found by halves, so that the neighbours of a row that it cannot take
 * are stored.
 * @throws every failure that the values are not to blame for
 */
export async function storeOrRefuse(
  tx: DbTransaction,
  input: StorePullRequestsInput,
): Promise<StoredOrRefused> {
  const { pullRequests } = input;
  await tx.$executeRaw`SAVEPOINT part_of_page`;
  try {
    const counts = await storePullRequests(tx, input);
    await tx.$executeRaw`RELEASE SAVEPOINT part_of_page`;
    return { ...counts, stored: pullRequests, refused: [] };
  } catch (error) {
    const refusal = dataRefusal(error);
    if (refusal === null) {
      throw error;
    }
    await tx.$executeRaw`ROLLBACK TO SAVEPOINT part_of_page`;
    const [only, ...others] = pullRequests;
    if (only !== undefined && others.length === 0) {
      const reason = `PostgreSQL refuses it: ${refusal}`.slice(0, MAX_REASON_CHARACTERS);
      const refused = [{ naturalKey: String(only.number), reasonCode: 'REFUSED', reason }];
      return { ...NOTHING, refused };
    }
    const middle = Math.ceil(pullRequests.length / 2);
    const first = await storeOrRefuse(tx, {
      ...input,
      pullRequests: pullRequests.slice(0, middle),
    });
    const second = await storeOrRefuse(tx, { ...input, pullRequests: pullRequests.slice(middle) });
    return add(first, second);
  }
}

const NOTHING: StoredOrRefused = {
  inserted: 0,
  updated: 0,
  unchanged: 0,
  childrenIn: 0,
  childrenWritten: 0,
  changed: [],
  stored: [],
  refused: [],
};

function add(a: StoredOrRefused, b: StoredOrRefused): StoredOrRefused {
  return {
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    childrenIn: a.childrenIn + b.childrenIn,
    childrenWritten: a.childrenWritten + b.childrenWritten,
    changed: [...a.changed, ...b.changed],
    stored: [...a.stored, ...b.stored],
    refused: [...a.refused, ...b.refused],
  };
}

export interface ParkInput {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  readonly rejected: readonly RejectedFact[];
  /** What was stored this time. */
  readonly stored: readonly PullRequestFact[];
  readonly syncedAt: Date;
}

/** Parks what could not be read or stored, and takes what could be this time off the list. */
export async function parkRejected(tx: DbTransaction, input: ParkInput): Promise<void> {
  if (input.rejected.length > 0) {
    const column = (pick: (fact: RejectedFact) => string): string =>
      toArrayLiteral(input.rejected.map(pick));
    await tx.$executeRaw`
      INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
        last_seen_at)
      SELECT DISTINCT ON (natural_key COLLATE "C") ${input.teamId}, ${input.repositoryId}::bigint, 'pull_request', natural_key,
        reason_code, reason, ${input.syncedAt}::timestamptz, ${input.syncedAt}::timestamptz
      FROM unnest(${column((fact) => fact.naturalKey)}::text::text[],
        ${column((fact) => fact.reasonCode)}::text::text[], ${column((fact) => fact.reason)}::text::text[])
        AS parked(natural_key, reason_code, reason)
      ORDER BY natural_key COLLATE "C"
      ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET reason_code = excluded.reason_code,
        reason = excluded.reason, attempts = dead_letter.attempts + 1, last_seen_at = excluded.last_seen_at,
        resolved_at = NULL`;
  }
  await tx.$executeRaw`
    UPDATE dead_letter SET resolved_at = now()
    WHERE team_id = ${input.teamId} AND repository_id = ${input.repositoryId} AND entity = 'pull_request'
      AND resolved_at IS NULL
      AND natural_key = ANY (${input.stored.map((fact) => String(fact.number))}::text[])`;
}
