import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import {
  startReplicatedClusters,
  type ReplicatedClusters,
} from '../../../support/postgres/replicated-clusters.ts';
import { until } from '../../db/scene.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { PATIENT } from '../../../support/patience.ts';

const START = `mutation ($input: StartBackfillInput!) {
  startBackfill(input: $input) { ... on StartBackfillPayload { syncRun { id status team { slug } } } }
}`;

const RUN = 'query ($id: ID!) { syncRun(id: $id) { id } }';

interface Started {
  readonly startBackfill: { readonly syncRun: { readonly id: string } & Record<string, unknown> };
}

interface Found {
  readonly syncRun: { readonly id: string } | null;
}

describe('a gateway with a replica', () => {
  let clusters: ReplicatedClusters;
  let world: ApiWorld;
  let gateway: Gateway;
  let team: SeededTeam;
  const clients: Db[] = [];
  const changes: (string | null)[] = [];

  beforeAll(async () => {
    clusters = await startReplicatedClusters();
    world = await createApiWorld();
    const [db, replica] = [connect(clusters.primaryUrl), connect(clusters.replicaUrl)];
    const onChange = (reason: string | null) => void changes.push(reason);
    gateway = world.createGateway({ db, replica: { replica, maxLagSeconds: 3600, onChange } });
    const sql = async <Row extends pg.QueryResultRow>(
      text: string,
      values: readonly unknown[] = [],
    ) => (await clusters.sql.query<Row>(text, [...values])).rows;
    team = await seedTeam({ ...world, sql }, { slug: 'alpha' });
  });

  afterAll(async () => {
    await gateway?.dispose();
    await Promise.all(clients.map((client) => client.$disconnect()));
    await world?.close();
    await clusters?.close();
  });

  function connect(connectionString: string): Db {
    const client = createNodeDb({
      connectionString,
      poolSize: 4,
      applicationName: 'throughline-test gateway',
      onConnectionError: () => undefined,
      deadlines: PATIENT.database,
    });
    clients.push(client);
    return client;
  }

  async function find(token: string, id: string): Promise<Found['syncRun']> {
    const { data, errors } = await world.ask<Found>(token, RUN, { id }, gateway);
    expect(errors).toEqual([]);
    return data.syncRun;
  }

  it("answers a mutation and its user's later queries with what was written, while others read the replica", async () => {
    await until(async () => {
      await find(team.viewerToken, globalId.row('SyncRun', team.teamId, '1'));
      return changes.at(-1) === null;
    });
    await clusters.onReplica('SELECT pg_wal_replay_pause()');
    const { data, errors } = await world.ask<Started>(
      team.adminToken,
      START,
      { input: { teamId: globalId.team(team.teamId), daysBack: 30 } },
      gateway,
    );
    expect(errors).toEqual([]);
    const { syncRun } = data.startBackfill;
    expect(syncRun).toMatchObject({ status: 'RUNNING', team: { slug: 'alpha' } });
    expect(await find(team.adminToken, syncRun.id)).toEqual({ id: syncRun.id });
    expect(await find(team.viewerToken, syncRun.id)).toBeNull();
    await clusters.onReplica('SELECT pg_wal_replay_resume()');
    await until(async () => (await find(team.viewerToken, syncRun.id)) !== null);
  });
});
