import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { WithRequestSlot } from '../../../../src/activities/requests/request-slot.ts';
import { RetryAfter } from '../../../../src/activities/core/retry-after.ts';
import { createConnectionActivities } from '../../../../src/activities/connections/test-connection.ts';
import type { ConnectionActivities } from '../../../../src/contracts/connections.ts';
import { readQuotaBlock } from '../../../../src/db/connections/github-quota.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { QuotaFact } from '../../../../src/domain/pulls/github-facts.ts';
import type { GitHub } from '../../../../src/github/client.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../../db/scene.ts';

/** What GitHub says to a request, or why it says nothing. */
type Answer = 'granted' | GitHubFailure | { readonly limit: string };

let scene: Scene;
let team: SceneTeam;
let teams = 0;
/** Answers of GitHub in their order; all that follow are granted. */
let answers: Answer[];
/** What GitHub says that is left of the limits. */
let limits: QuotaFact[];
/** Called before each answer. */
let beforeAnswer: () => Promise<void>;

const GITHUB = {
  permissions: {
    readOwner: async () => ({
      login: 'mona',
      identity: 'api.github.com/user:1',
      grants: {},
      quota: null,
    }),
    probe: async () => ({ state: 'GRANTED', quota: null }),
    readLimits: async () => ({ limits, quota: null }),
  },
} as unknown as GitHub;

const withRequestSlot: WithRequestSlot = async (_scope, ask) => {
  await beforeAnswer();
  const answer = answers.shift() ?? 'granted';
  if (answer instanceof GitHubFailure) {
    throw answer;
  }
  if (typeof answer === 'object') {
    throw new RetryAfter(new Date(), answer.limit);
  }
  return ask(GITHUB);
};

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `test-${teams}`);
  answers = [];
  limits = [quota('core', 0), quota('graphql', 0)];
  beforeAnswer = async () => undefined;
  await giveSecret('v1.first');
});

function quota(resource: QuotaFact['resource'], remaining: number): QuotaFact {
  const resetAt = new Date(Date.now() + 60_000);
  return { resource, limit: 5_000, remaining, used: 5_000 - remaining, cost: 0, resetAt };
}

function test(): ReturnType<ConnectionActivities['testConnection']> {
  return createConnectionActivities({ db: scene.db, withRequestSlot }).testConnection({
    teamId: String(team.teamId),
    connectionId: String(team.connectionId),
  });
}

async function giveSecret(secret: string): Promise<void> {
  await scene.sql.query(
    `UPDATE github_connection SET secret = $1, status = 'ACTIVE', status_reason = NULL, permissions = NULL,
      tested_at = NULL WHERE team_id = $2`,
    [secret, team.teamId],
  );
}

async function row(): Promise<Record<string, unknown> | undefined> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    `SELECT status, status_reason AS reason, permissions ->> 'belongsTo' AS owner, tested_at IS NOT NULL AS "isTested"
    FROM github_connection WHERE team_id = $1`,
    [team.teamId],
  );
  return rows[0];
}

it('clears the reason that an earlier one left', async () => {
  answers = [{ limit: "GitHub's hourly limit" }];
  expect(await test()).toMatchObject({ outcome: 'NOT_REACHED' });
  expect(await row()).toMatchObject({ status: 'ACTIVE', reason: "GitHub's hourly limit" });
  expect(await test()).toMatchObject({ outcome: 'TESTED' });
  expect(await row()).toEqual({ status: 'ACTIVE', reason: null, owner: 'mona', isTested: true });
});

it('frees what it had no need to ask for, where GitHub says that something is left', async () => {
  const identity = 'api.github.com/user:1';
  await scene.sql.query(
    `INSERT INTO github_quota (identity, resource, point_limit, remaining, used, reset_at, blocked_until) VALUES
      ($1, 'graphql', 0, 0, 0, now(), now() + interval '2 hours')`,
    [identity],
  );
  limits = [quota('core', 9), quota('graphql', 9)];
  expect(await test()).toEqual({ outcome: 'TESTED', reason: null, isFree: true });
  const { rows } = await scene.sql.query(
    `DELETE FROM github_quota WHERE identity = $1 RETURNING resource, remaining, blocked_until AS until`,
    [identity],
  );
  expect(rows).toContainEqual({ resource: 'graphql', remaining: 9, until: null });
});

it('frees another team of the same identity, which is answered by the database until then', async () => {
  const identity = 'api.github.com/user:1';
  const other = await addTeam(scene.sql, `other-${teams}`);
  await scene.sql.query(
    `INSERT INTO github_quota (identity, resource, point_limit, remaining, used, reset_at, blocked_until, blocked_reason)
    VALUES ($1, 'core', 0, 0, 0, now(), now() + interval '2 hours', 'limit')`,
    [identity],
  );
  const ask = () =>
    withTeam(scene.db, other.teamId, (tx) =>
      readQuotaBlock(tx, {
        identity,
        resource: 'core',
        holder: `${other.teamId}:-`,
        reserve: 0.2,
        isShared: true,
      }),
    );
  expect(await ask()).toMatchObject({ reason: 'limit' });
  limits = [quota('core', 4_000), quota('graphql', 4_000)];
  expect(await test()).toMatchObject({ isFree: true });
  expect(await ask()).toBeNull();
  await scene.sql.query(`DELETE FROM github_quota WHERE identity = $1`, [identity]);
});

it('says that a limit stands where GitHub has nothing left', async () => {
  const identity = 'api.github.com/user:1';
  await scene.sql.query(
    `INSERT INTO github_quota (identity, resource, point_limit, remaining, used, reset_at, blocked_until) VALUES
      ($1, 'graphql', 0, 0, 0, now(), now() + interval '2 hours')`,
    [identity],
  );
  expect(await test()).toEqual({ outcome: 'TESTED', reason: null, isFree: false });
  await scene.sql.query(`DELETE FROM github_quota WHERE identity = $1`, [identity]);
});

it('of a credential that is replaced meanwhile says nothing of the new one, and tests that', async () => {
  answers = [new GitHubFailure('UNAUTHORIZED', 'GitHub refuses the token.')];
  beforeAnswer = async () => {
    beforeAnswer = async () => {
      expect(await row()).toMatchObject({ reason: null, isTested: false });
    };
    await giveSecret('v1.second');
  };
  expect(await test()).toEqual({ outcome: 'TESTED', reason: null, isFree: true });
  expect(await row()).toEqual({ status: 'ACTIVE', reason: null, owner: 'mona', isTested: true });
});
