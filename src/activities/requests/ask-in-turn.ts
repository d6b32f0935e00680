import { LockBusy } from '../../db/core/advisory-lock.ts';
import {
  readConnection,
  type GithubConnectionState,
} from '../../db/connections/github-connections.ts';
import {
  blockQuota,
  forgetStrikes,
  readQuotaBlock,
  saveQuota,
  type QuotaBlock,
} from '../../db/connections/github-quota.ts';
import { countSpending, type Spending } from '../../db/connections/github-spend.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { GitHubResource, QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import { clientFor, identityOf } from './github-credential.ts';
import type { TurnPriority } from './github-lane.ts';
import { recordFailure } from './record-failure.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** Share of GitHub's limit that walks leave to interactive use, where no other is set. */
const DEFAULT_RESERVE = 0.2;

/** Others had the lane all the time that it was waited for: so much later it is tried again. */
const BUSY_WAIT_MS = 5_000;

const NO_TIME =
  'GitHub asks for a pause and names no time: each further time in a row the wait is twice as long';

/** For whom and with what GitHub is asked. */
export interface TurnPlace {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  /** Null for what concerns no repository. */
  readonly repositoryId: bigint | null;
  readonly resource: GitHubResource;
  /** Somebody waits for INTERACTIVE requests: they go before walks and may use the reserve. */
  readonly priority: TurnPriority;
  /** A refusal says nothing of the repository as a whole: what is asked for needs a permission of its own. */
  readonly isOptional?: boolean;
}

/** An answer, or until when GitHub must not be asked. */
export type Turn<T> =
  | { readonly ready: true; readonly answer: T }
  | { readonly ready: false; readonly until: Date; readonly reason: string };

/** Sends one request. */
export type Ask<T> = (
  github: GitHub,
) => Promise<{ readonly answer: T; readonly quota: QuotaFact | null }>;

export type AskInTurn = <T>(place: TurnPlace, ask: Ask<T>) => Promise<Turn<T>>;

/**
 * Asks GitHub one thing: requests of one identity go out one after another over all workers, none while a limit stands,
 * and what GitHub says of its limit is kept for all of them. A turn has an end, minting and trying again with another
 * token counted in: what is under way then fails as TRANSIENT.
 * @throws GitHubFailure of every kind but RATE_LIMITED, kept where an admin looks for it; DomainError
 * GITHUB_NOT_CONNECTED
 */
export function createAskOnce(context: SyncActivityContext): AskInTurn {
  const { db } = context;
  const reserve = context.reserve ?? DEFAULT_RESERVE;

  /** Null when the connection got another identity meanwhile: its lane is another one. */
  async function takeTurn<T>(
    place: TurnPlace,
    identity: string,
    ask: Ask<T>,
    deadline: AbortSignal,
  ): Promise<Turn<T> | null> {
    const { teamId, connectionId, repositoryId, resource, priority } = place;
    const isWalk = priority === 'WALK';
    const spending = { identity, resource, holder: `${teamId}:${repositoryId ?? '-'}` };
    // Read in turn: while this request waited, another may have met the limit, or a refusal.
    const { connection, block } = await withTeam(db, teamId, async (tx) => ({
      connection: requireActive(await readConnection(tx, place)),
      block: await readQuotaBlock(tx, {
        ...spending,
        reserve: isWalk ? reserve : 0,
        isShared: isWalk,
      }),
    }));
    if (identityOf({ ...connection, teamId, connectionId }) !== identity) {
      return null;
    }
    if (block !== null) {
      return { ready: false, ...block };
    }
    const github = await clientFor(context, { teamId, connectionId }, connection, deadline);
    try {
      const { answer, quota } = await ask(github);
      await keep(place, { ...spending, quota }, true);
      return { ready: true, answer };
    } catch (error) {
      if (!(error instanceof GitHubFailure)) {
        throw error;
      }
      await keep(place, { ...spending, quota: null }, false);
      if (error.kind === 'RATE_LIMITED') {
        return { ready: false, ...(await keepLimit(place, identity, error)) };
      }
      await recordFailure(db, place, error, connection.secret);
      throw error;
    }
  }

  /** In a transaction of its own: the rows are shared by all walks of the identity and must not wait for a page. */
  async function keep(place: TurnPlace, spending: Spending, isAnswer: boolean): Promise<void> {
    const { identity, resource, quota } = spending;
    await withTeam(db, place.teamId, async (tx) => {
      await countSpending(tx, spending);
      if (isAnswer) {
        await forgetStrikes(tx, identity, resource);
      }
      if (quota !== null) {
        await saveQuota(tx, identity, quota);
      }
    });
  }

  async function keepLimit(
    { teamId, resource }: TurnPlace,
    identity: string,
    { until, limit, message }: GitHubFailure,
  ): Promise<QuotaBlock> {
    const isNamed = until !== null && limit?.namesTime !== false;
    const reason = isNamed ? message : NO_TIME;
    return withTeam(db, teamId, (tx) =>
      blockQuota(
        tx,
        identity,
        { until: isNamed ? until : null, reason },
        limit?.isSecondary === false ? [resource] : ['core', 'graphql'],
      ),
    );
  }

  /** Whose lane a connection asks in, as it was last; read in turn again. */
  const identities = new Map<string, string>();

  async function readIdentity(place: TurnPlace, key: string): Promise<string> {
    const { teamId, connectionId } = place;
    const known = identities.get(key);
    if (known !== undefined) {
      return known;
    }
    const connection = requireActive(await withTeam(db, teamId, (tx) => readConnection(tx, place)));
    const identity = identityOf({ ...connection, teamId, connectionId });
    identities.set(key, identity);
    return identity;
  }

  return async (place, ask) => {
    const key = `${place.teamId}:${place.connectionId}`;
    for (;;) {
      const identity = await readIdentity(place, key);
      try {
        const turn = await context.lane(
          identity,
          (deadline) => takeTurn(place, identity, ask, deadline),
          place.priority,
        );
        if (turn !== null) {
          return turn;
        }
        identities.delete(key);
      } catch (error) {
        if (!(error instanceof LockBusy)) {
          throw error;
        }
        return {
          ready: false,
          until: new Date(context.now().getTime() + BUSY_WAIT_MS),
          reason: 'Other requests of the same GitHub account go first',
        };
      }
    }
  };
}

/** @throws DomainError GITHUB_NOT_CONNECTED */
function requireActive(connection: GithubConnectionState | null): GithubConnectionState {
  if (connection === null || connection.status !== 'ACTIVE') {
    throw new DomainError(
      'GITHUB_NOT_CONNECTED',
      connection?.statusReason ??
        'GitHub has refused the token of this team: give it a new one, then start again.',
    );
  }
  return connection;
}
