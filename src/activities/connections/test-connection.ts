import type { ConnectionActivities, TestConnectionResult } from '../../contracts/connections.ts';
import {
  findProbeTarget,
  restoreConnection,
  saveConnectionTest,
} from '../../db/connections/connection-changes.ts';
import { readConnection, saveConnectionIdentity } from '../../db/connections/github-connections.ts';
import { hasLimitBlock, liftQuotaBlocks } from '../../db/connections/github-quota.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  GITHUB_PERMISSION_NAMES,
  type GithubPermission,
  type PermissionReport,
  type PermissionState,
} from '../../domain/connections/github-permission.ts';
import { GitHubFailure, isFailure } from '../../github/transport/failures.ts';
import { identityOf, type ConnectionKey } from '../requests/github-credential.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../core/retry-after.ts';

type TestContext = Pick<GitHubContext, 'db' | 'withRequestSlot'>;

/** Activities of the queue `sync` that manage connections. */
export function createConnectionActivities(context: TestContext): ConnectionActivities {
  return {
    async testConnection(input) {
      const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
      // A credential that is replaced meanwhile says nothing of its successor, which is tested instead.
      for (;;) {
        const tested = await testCredential(context, key);
        if (tested !== null) {
          return tested;
        }
      }
    },
  };
}

/** Asks GitHub whose the credential of a connection is and what it may do; null when it has another one by the end. */
async function testCredential(
  { db, withRequestSlot }: TestContext,
  key: ConnectionKey,
): Promise<TestConnectionResult | null> {
  const { target, used, isEnded } = await withTeam(db, key.teamId, async (tx) => {
    await restoreConnection(tx, key);
    const connection = await readConnection(tx, key);
    return {
      target: await findProbeTarget(tx, key),
      used: { ...key, secret: connection?.secret ?? null },
      isEnded: connection === null || connection.status === 'DISCONNECTED',
    };
  });
  const scope = { ...key, repositoryId: null, priority: 'INTERACTIVE' } as const;

  async function examine(): Promise<PermissionReport> {
    const owner = await withRequestSlot({ ...scope, resource: 'core' }, (github) =>
      github.permissions.readOwner(),
    );
    await withTeam(db, key.teamId, (tx) => saveConnectionIdentity(tx, used, owner.identity));
    const grants: [GithubPermission, PermissionState][] = [];
    for (const permission of GITHUB_PERMISSION_NAMES) {
      const resource = isRest(permission) ? 'core' : 'graphql';
      const known = owner.grants[permission];
      const state =
        known ??
        (
          await withRequestSlot({ ...scope, resource }, (github) =>
            github.permissions.probe(permission, target),
          )
        ).state;
      grants.push([permission, state]);
    }
    return {
      belongsTo: owner.login,
      grants: Object.fromEntries(grants) as PermissionReport['grants'],
    };
  }

  /**
   * A limit that is stored may have come by a wrong header or clock, and an admin who tests the connection wants to know:
   * GitHub says without counting it what is left.
   * @returns whether a limit was lifted
   */
  async function liftWrongLimits(identity: string): Promise<boolean> {
    const uncounted = { ...scope, resource: 'core', isUncounted: true } as const;
    const { limits } = await withRequestSlot(uncounted, (github) =>
      github.permissions.readLimits(),
    );
    return withTeam(db, key.teamId, (tx) => liftQuotaBlocks(tx, identity, limits));
  }

  async function examineUnlessLimited(): Promise<PermissionReport> {
    try {
      return await examine();
    } catch (error) {
      if (
        !(error instanceof RetryAfter) ||
        !(await liftWrongLimits((await readLimit()).identity))
      ) {
        throw error;
      }
      return examine();
    }
  }

  /** Whether no limit stands: what the test had no need to ask for may be held back all the same, by a wrong one. */
  async function freeAll(): Promise<boolean> {
    const { identity, isLimited } = await readLimit();
    if (!isLimited) {
      return true;
    }
    await liftWrongLimits(identity);
    return !(await readLimit()).isLimited;
  }

  /** In whose name GitHub is asked now, and whether a limit holds that back. */
  async function readLimit(): Promise<{ readonly identity: string; readonly isLimited: boolean }> {
    return withTeam(db, key.teamId, async (tx) => {
      const connection = await readConnection(tx, key);
      const identity = identityOf({ ...key, identity: connection?.identity ?? null });
      return { identity, isLimited: await hasLimitBlock(tx, identity) };
    });
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
    const report = await examineUnlessLimited();
    const result = { outcome: 'TESTED', reason: null, isFree: await freeAll() } as const;
    return await saveResult(result, report);
  } catch (error) {
    if (!(error instanceof GitHubFailure) && !(error instanceof RetryAfter)) {
      throw error;
    }
    const outcome = isFailure(error, 'UNAUTHORIZED', 'SUSPENDED') ? 'REFUSED' : 'NOT_REACHED';
    return saveResult({ outcome, reason: error.message }, null);
  }
}

function isRest(permission: GithubPermission): boolean {
  return permission === 'WEBHOOKS' || permission === 'COPILOT_METRICS';
}
