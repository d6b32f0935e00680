import { expect } from 'vitest';
import type { SyncFailpoint } from '../../../../src/activities/requests/sync-dependencies.ts';
import type { WorkflowLauncher } from '../../../../src/contracts/launcher.ts';
import { mintAccessToken } from '../../../../src/db/teams/provision.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { createGateway, type Gateway } from '../../../../src/runtime/http/gateway.ts';
import { createNodeHmac } from '../../../../src/runtime/webhooks/node-hmac.ts';
import { temporalUnavailable } from '../../../../src/runtime/temporal/temporal-failures.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { allowLoopback } from '../../../support/github/github.ts';
import { PATIENT } from '../../../support/patience.ts';
import {
  createSyncWorld,
  type SyncWorld,
  type SyncWorldOptions,
} from '../../../support/worlds/sync-world.ts';
import { graphqlRequest, readAnswer, type GraphqlAnswer } from '../../api/api-world.ts';

/** A team without a connection, a gateway, workers and a fake GitHub. */
export interface ConnectionsWorld {
  readonly world: SyncWorld;
  readonly gateway: Gateway;
  readonly teamGlobalId: string;
  /** Everything that the gateway logged, as JSON. */
  readonly log: string[];
  /** Asks as the team's admin. */
  ask<Data>(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<GraphqlAnswer<Data>>;
  /** The token of somebody who is in the team and no admin of it. */
  memberToken(): Promise<string>;
  askAs<Data>(
    token: string,
    query: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<GraphqlAnswer<Data>>;
  /** The three mutations, as the admin. */
  connect(input: object): Promise<ShownAnswer>;
  test(connectionId: string): Promise<ShownAnswer>;
  disconnect(connectionId: string): Promise<ShownAnswer>;
  /** Syncs the small world whole; answers what the workflow answered or threw. */
  backfill(repositories: readonly string[]): Promise<unknown>;
  /** Temporal takes no schedules, or takes them again. */
  refuseSchedules(isRefused: boolean): void;
  /** Takes connections and what was synced away. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openConnectionsWorld(
  options: SyncWorldOptions & {
    readonly onFailpoint?: (failpoint: SyncFailpoint) => Promise<void>;
  },
): Promise<ConnectionsWorld> {
  const world = await createSyncWorld(options);
  const workers: Workers = await world.startWorkers(options.onFailpoint);
  await withTeam(world.maintenance, world.teamId, (tx) =>
    tx.githubConnection.deleteMany({ where: { teamId: world.teamId } }),
  );
  const log: string[] = [];
  const write = (fields: object, message: string): void => {
    log.push(JSON.stringify({ ...fields, message }));
  };
  let areSchedulesRefused = false;
  const launcher: WorkflowLauncher = {
    ...world.launcher,
    scheduleTeam: async (teamId) => {
      if (areSchedulesRefused) {
        throw temporalUnavailable('temporal.example.com', new Error('deadline exceeded'));
      }
      await world.launcher.scheduleTeam(teamId);
    },
  };
  const gateway = createGateway({
    createHmac: createNodeHmac,
    db: world.application,
    secrets: world.secrets,
    allowedHosts: allowLoopback(),
    publicUrl: 'https://gateway.example.com',
    launcher,
    syncRunChanges: { subscribe: () => () => undefined } as never,
    githubReserve: 0.2,
    graphiql: false,
    deadlines: PATIENT,
    logger: { info: write, warn: write, error: write },
  });
  const mint = (userId: bigint) =>
    mintAccessToken(world.maintenance, {
      userId,
      name: 'test',
      lifetimeMs: 3_600_000,
      now: new Date(),
    });
  const { id: adminId } = await world.maintenance.appUser.findFirstOrThrow();
  const token = await mint(adminId);
  const askAs = async <Data>(
    by: string,
    query: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<GraphqlAnswer<Data>> =>
    readAnswer<Data>(await gateway.fetch(graphqlRequest(by, query, variables)));
  const ask = <Data>(query: string, variables?: Readonly<Record<string, unknown>>) =>
    askAs<Data>(token, query, variables);
  return {
    world,
    async connect(input) {
      const request = { teamId: btoa(`Team:${world.teamId}`), apiUrl: world.github.url, ...input };
      const { data, errors } = await ask<{ connectGitHub: ShownAnswer }>(CONNECT, {
        input: request,
      });
      expect(errors).toEqual([]);
      return data.connectGitHub;
    },
    async test(connectionId) {
      const { data } = await ask<{ testConnection: ShownAnswer }>(TEST, {
        input: { connectionId },
      });
      return data.testConnection;
    },
    async disconnect(connectionId) {
      const { data } = await ask<{ disconnectGitHub: ShownAnswer }>(DISCONNECT, {
        input: { connectionId },
      });
      return data.disconnectGitHub;
    },
    async backfill(repositories) {
      const { workflowId } = await world.launcher.startBackfill({
        teamId: String(world.teamId),
        repositories,
        since: '2026-01-01T00:00:00Z',
        requestedBy: null,
      });
      return world.client.workflow
        .getHandle(workflowId)
        .result()
        .catch((error: unknown) => error);
    },
    refuseSchedules(isRefused) {
      areSchedulesRefused = isRefused;
    },
    async reset() {
      areSchedulesRefused = false;
      world.github.clearFaults();
      await world.maintenance
        .$executeRaw`TRUNCATE github_connection, admin_audit, sync_run, repository CASCADE`;
    },
    gateway,
    teamGlobalId: btoa(`Team:${world.teamId}`),
    log,
    askAs,
    ask,
    async memberToken() {
      const user = await world.maintenance.appUser.create({
        data: { email: 'member@example.com', name: 'Member' },
      });
      await world.maintenance.membership.create({
        data: { teamId: world.teamId, userId: user.id, role: 'VIEWER' },
      });
      return mint(user.id);
    },
    async close() {
      await gateway.dispose();
      await workers.stop();
      await world.close();
    },
  };
}

const CONNECTION_FIELDS = `id kind label apiUrl appId installationId status statusReason belongsTo
  testedAt webhookUrl permissions { permission state needs without }`;

export const CONNECT = `mutation ($input: ConnectGitHubInput!) {
  connectGitHub(input: $input) {
    __typename
    ... on ConnectGitHubPayload { isTested isScheduled webhookSecret connection { ${CONNECTION_FIELDS} } }
    ... on UserError { code message }
  }
}`;

export const TEST = `mutation ($input: TestConnectionInput!) {
  testConnection(input: $input) {
    __typename
    ... on TestConnectionPayload { isDone isScheduled temporalUrl connection { ${CONNECTION_FIELDS} } }
    ... on UserError { code message }
  }
}`;

const DISCONNECT = `mutation ($input: DisconnectGitHubInput!) {
  disconnectGitHub(input: $input) {
    __typename
    ... on DisconnectGitHubPayload { connection { ${CONNECTION_FIELDS} } }
    ... on UserError { code message }
  }
}`;

/** What the three mutations answer, as far as tests look. */
export interface ShownConnection {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly belongsTo: string | null;
  readonly webhookUrl: string | null;
  readonly testedAt: string | null;
  readonly permissions: readonly { readonly permission: string; readonly state: string }[];
}

export interface ShownAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly isTested?: boolean;
  readonly isDone?: boolean;
  readonly isScheduled?: boolean;
  readonly webhookSecret?: string | null;
  readonly connection: ShownConnection;
}
