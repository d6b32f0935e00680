import { afterAll, beforeAll, expect, test } from 'vitest';
import { globalId, seedUser } from '../seed-team.ts';
import { createWebhookWorld, HOOK_SECRET, type WebhookWorld } from './webhook-world.ts';

let world: WebhookWorld;
let acme: { teamId: string; connectionId: string };
let admin: string;
let viewer: string;

beforeAll(async () => {
  world = await createWebhookWorld();
  acme = await world.connect('acme', HOOK_SECRET);
  ({ token: admin } = await seedUser(world.api, acme.teamId, 'ADMIN', 'admin'));
  ({ token: viewer } = await seedUser(world.api, acme.teamId, 'VIEWER', 'viewer'));
  await world.api.sql(
    `INSERT INTO webhook_delivery (team_id, connection_id, delivery_id, hook_id, event, action, subject, state, reason,
       received_at)
     SELECT $1, $2, 'guid-' || g, 1, 'push', NULL, '{}', 'IGNORED', 'Not needed.',
       timestamptz '2026-03-04 12:00Z' + g * interval '1 minute' FROM generate_series(1, 5) g`,
    [acme.teamId, acme.connectionId],
  );
});
afterAll(() => world.close());

const DELIVERIES = /* GraphQL */ `
  query ($after: String) {
    teams {
      nodes {
        githubConnections {
          webhookDeliveries(first: 2, after: $after) {
            totalCount
            pageInfo {
              endCursor
              hasNextPage
            }
            nodes {
              deliveryId
              event
              action
              state
              reason
              receivedAt
              processedAt
            }
          }
        }
      }
    }
  }
`;

interface Deliveries {
  readonly teams: {
    readonly nodes: {
      readonly githubConnections: {
        readonly webhookDeliveries: {
          readonly totalCount: number;
          readonly pageInfo: { readonly endCursor: string };
          readonly nodes: { readonly deliveryId: string }[];
        };
      }[];
    }[];
  };
}

const ask = <Data>(token: string, query: string, variables = {}) =>
  world.api.ask<Data>(token, query, variables, world.gateway);

test('an admin reads the webhooks of a connection, newest first, page by page', async () => {
  const read = async (after: string | null) => {
    const { data } = await ask<Deliveries>(admin, DELIVERIES, { after });
    const page = data.teams.nodes[0]?.githubConnections[0]?.webhookDeliveries;
    return {
      total: page?.totalCount,
      ids: page?.nodes.map(({ deliveryId }) => deliveryId),
      first: page?.nodes[0],
      end: page?.pageInfo.endCursor ?? null,
    };
  };
  const first = await read(null);
  expect(first).toMatchObject({ total: 5, ids: ['guid-5', 'guid-4'] });
  expect(first.first).toEqual({
    deliveryId: 'guid-5',
    event: 'push',
    action: null,
    state: 'IGNORED',
    reason: 'Not needed.',
    receivedAt: '2026-03-04T12:05:00.000Z',
    processedAt: null,
  });
  expect((await read(first.end)).ids).toEqual(['guid-3', 'guid-2']);
});

test('who is no admin of the team reads no webhooks', async () => {
  const { errors } = await ask(viewer, DELIVERIES);
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

const CREATE = /* GraphQL */ `
  mutation ($input: CreateIncidentSourceInput!) {
    createIncidentSource(input: $input) {
      __typename
      ... on CreateIncidentSourcePayload {
        name
        webhookUrl
        secret
      }
      ... on InvalidInputError {
        message
      }
    }
  }
`;

interface Created {
  readonly createIncidentSource: {
    readonly __typename: string;
    readonly webhookUrl?: string;
    readonly secret?: string;
    readonly message?: string;
  };
}

const create = async (token: string, name: string) => {
  const input = { teamId: globalId.team(acme.teamId), name };
  const { data } = await ask<Created>(token, CREATE, { input });
  return data.createIncidentSource;
};

test('an incident source is made once by an admin, with a secret that is shown once and signs its incidents', async () => {
  const made = await create(admin, 'pager');
  expect(made).toMatchObject({
    name: 'pager',
    webhookUrl: expect.stringMatching(/^\/webhooks\/incidents\/\d+$/),
  });
  const [row] = await world.api.sql<{ secret: string }>(`SELECT secret FROM incident_source`);
  expect(row?.secret).toMatch(/^v1\./);
  expect(row?.secret).not.toContain(made.secret);
  const answer = await world.send({
    path: made.webhookUrl ?? '',
    secret: made.secret ?? '',
    body: JSON.stringify({ id: 1, title: 'Down', openedAt: '2026-03-04T12:00:00Z' }),
  });
  expect(answer.status).toBe(202);
  expect(await world.api.sql(`SELECT source, title FROM incident`)).toEqual([
    { source: 'pager', title: 'Down' },
  ]);
  expect(await create(admin, 'pager')).toMatchObject({
    __typename: 'InvalidInputError',
    message: expect.stringContaining('another name'),
  });
  const audit = await world.api.sql(
    `SELECT details FROM admin_audit WHERE action = 'INCIDENT_SOURCE_CREATED'`,
  );
  expect(audit).toEqual([{ details: { source: 'pager' } }]);
});

test.each(['', ' ', 'manual', 'x'.repeat(101)])('a source cannot be named %j', async (name) => {
  expect((await create(admin, name)).__typename).toBe('InvalidInputError');
});

test('who is no admin makes no source', async () => {
  expect((await create(viewer, 'other')).__typename).toBe('ForbiddenError');
});
