import { blockQuota, saveQuota } from '../../../../src/db/connections/github-quota.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import {
  setConnectionRefused,
  readActiveConnections,
  saveConnectionIdentity,
} from '../../../../src/db/connections/github-connections.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
});

function asTeam<T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> {
  return withTeam(scene.db, team.teamId, work);
}

describe('a connection', () => {
  it('works until it is refused, and then nothing is asked with it', async () => {
    const read = () => asTeam((tx) => readActiveConnections(tx, team.teamId));
    const id = team.connectionId;
    const asMade = { id, apiUrl: 'https://api.github.com', secret: null, identity: null };
    expect(await read()).toEqual([asMade]);
    const used = { teamId: team.teamId, connectionId: id, secret: null };
    await asTeam((tx) => saveConnectionIdentity(tx, used, 'github.com/user:1'));
    expect(await read()).toMatchObject([{ identity: 'github.com/user:1' }]);
    const meanwhile = { ...used, secret: 'what stood there before' };
    await asTeam((tx) => saveConnectionIdentity(tx, meanwhile, 'github.com/user:2'));
    await asTeam((tx) => setConnectionRefused(tx, meanwhile, 'NEEDS_REAUTH', 'It was refused.'));
    expect(await read()).toMatchObject([{ identity: 'github.com/user:1' }]);
    await asTeam((tx) => setConnectionRefused(tx, used, 'NEEDS_REAUTH', 'Give a new token.'));
    expect(await read()).toEqual([]);
    const { rows } = await scene.sql.query(
      'SELECT status, status_reason FROM github_connection WHERE team_id = $1',
      [team.teamId],
    );
    expect(rows).toEqual([{ status: 'NEEDS_REAUTH', status_reason: 'Give a new token.' }]);
  });
});

describe("what GitHub says of an identity's limit", () => {
  it('is one row for all teams, the last word counts, and a block stands beside it', async () => {
    const identity = `github.com/user:${teams}`;
    const resetAt = new Date('2026-03-04T13:00:00Z');
    const until = new Date('2026-03-04T12:30:00Z');
    const other = await addTeam(scene.sql, `team-${teams}-other`);
    const resource = 'graphql' as const;
    const quota = { resource, limit: 5_000, remaining: 10, used: 4_990, cost: 1, resetAt };
    await asTeam((tx) => blockQuota(tx, identity, { until, reason: 'secondary limit' }));
    await asTeam((tx) => saveQuota(tx, identity, quota));
    await withTeam(scene.db, other.teamId, (tx) =>
      saveQuota(tx, identity, { ...quota, remaining: 4_999, used: 1 }),
    );
    const { rows } = await scene.sql.query(
      `SELECT point_limit AS "limit", remaining, used, reset_at AS reset, blocked_until AS until, blocked_reason AS why
      FROM github_quota WHERE identity = $1 AND resource = 'graphql'`,
      [identity],
    );
    expect(rows).toEqual([
      {
        limit: 5_000,
        remaining: 4_999,
        used: 1,
        reset: resetAt,
        until,
        why: 'secondary limit',
      },
    ]);
  });
});
