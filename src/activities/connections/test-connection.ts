import type { ConnectionActivities, TestConnectionResult } from '../../contracts/connections.ts';
import {
  findProbeTarget,
  restoreConnection,
  saveConnectionTest,
} from '../../db/connections/connection-changes.ts';
import { readConnection, saveConnectionIdentity } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import {
  GITHUB_PERMISSION_NAMES,
  type GithubPermission,
  type PermissionReport,
  type PermissionState,
} from '../../domain/connections/github-permission.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { WithRequestSlot, RequestScope } from '../requests/request-slot.ts';
import type { SyncActivityContext } from '../requests/sync-dependencies.ts';

type TestContext = Pick<SyncActivityContext, 'db'> & { readonly withRequestSlot: WithRequestSlot };

interface ConnectionKey {
  readonly teamId: bigint;
  readonly connectionId: bigint;
}

/** A rate limit stands: nothing can be found out now. */
class RateLimitedError extends Error {}

/** Activities of the queue `sync` that manage connections. */
export function createConnectionActivities(context: TestContext): ConnectionActivities {
  return { testConnection: createTestConnection(context) };
}

/** Asks GitHub whose a credential is and what it may do. If it is replaced meanwhile, its successor is tested instead. */
function createTestConnection(context: TestContext): ConnectionActivities['testConnection'] {
  return async (input): Promise<TestConnectionResult> => {
    const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
    for (;;) {
      const tested = await testCredential(context, key);
      if (tested !== null) {
        return tested;
      }
    }
  };
}

/** Tests the credential that a connection has now; null when it has another one by the end. */
async function testCredential(
  context: TestContext,
  key: ConnectionKey,
): Promise<TestConnectionResult | null> {
  const { db } = context;
  const { target, used, isEnded } = await withTeam(db, key.teamId, async (tx) => {
    await restoreConnection(tx, key);
    const connection = await readConnection(tx, key);
    return {
      target: await findProbeTarget(tx, key),
      used: { ...key, secret: connection?.secret ?? null },
      isEnded: connection === null || connection.status === 'DISCONNECTED',
    };
  });
  const scope: Omit<RequestScope, 'resource'> = {
    ...key,
    repositoryId: null,
    priority: 'INTERACTIVE',
  };

  async function ask<T>(
    resource: RequestScope['resource'],
    request: (github: GitHub) => Promise<{ readonly answer: T; readonly quota: QuotaFact | null }>,
  ): Promise<T> {
    const answered = await context.withRequestSlot({ ...scope, resource }, request);
    if (!answered.ready) {
      throw new RateLimitedError(answered.reason);
    }
    return answered.answer;
  }

  async function examine(): Promise<PermissionReport> {
    const owner = await ask('core', async (github) => {
      const answer = await github.permissions.readOwner();
      return { answer, quota: answer.quota };
    });
    await withTeam(db, key.teamId, (tx) => saveConnectionIdentity(tx, used, owner.identity));
    const grants: [GithubPermission, PermissionState][] = [];
    for (const permission of GITHUB_PERMISSION_NAMES) {
      const known = owner.grants[permission];
      const state =
        known ??
        (await ask(isRest(permission) ? 'core' : 'graphql', async (github) => {
          const { state: answer, quota } = await github.permissions.probe(permission, target);
          return { answer, quota };
        }));
      grants.push([permission, state]);
    }
    return {
      belongsTo: owner.login,
      grants: Object.fromEntries(grants) as PermissionReport['grants'],
    };
  }

  async function saveResult(
    result: TestConnectionResult,
    report: PermissionReport | null,
  ): Promise<TestConnectionResult | null> {
    const { reason } = result;
    const isSaved = await withTeam(db, key.teamId, (tx) =>
      saveConnectionTest(tx, used, { report, reason }),
    );
    return isSaved || isEnded ? result : null;
  }

  try {
    return await saveResult({ outcome: 'TESTED', reason: null }, await examine());
  } catch (error) {
    if (!(error instanceof GitHubFailure) && !(error instanceof RateLimitedError)) {
      throw error;
    }
    const isRefused =
      error instanceof GitHubFailure &&
      (error.kind === 'UNAUTHORIZED' || error.kind === 'SUSPENDED');
    const { message: reason } = error;
    return saveResult({ outcome: isRefused ? 'REFUSED' : 'NOT_REACHED', reason }, null);
  }
}

function isRest(permission: GithubPermission): boolean {
  return permission === 'WEBHOOKS' || permission === 'COPILOT_METRICS';
}
