import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { graphql } from 'graphql';
import { createApiSchema } from '../../../../src/api/api-schema.ts';
import { beginObservation } from '../../../../src/api/core/observation.ts';
import type { ApiContext } from '../../../../src/api/core/context.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { allowLoopback } from '../../../support/github/github.ts';

const CONNECTION = { teamId: 1n, id: 7n, testedAt: new Date('2026-03-01T00:00:00Z') };
const CONNECT = `mutation {
  connectGitHub(input: { teamId: "${btoa('Team:1')}", token: "ghp_of_the_admin" }) {
    __typename
    ... on ConnectGitHubPayload { webhookSecret isTested isScheduled }
    ... on UserError { code message }
  }
}`;

const schema = createApiSchema();

async function connectGitHub(contextValue: ApiContext): Promise<unknown> {
  const { data, errors } = await graphql({ schema, source: CONNECT, contextValue });
  expect(errors).toBeUndefined();
  return data?.['connectGitHub'];
}

/** What reading the connection does, one after another; then the test has ended. */
function contextOf(
  reads: readonly (DomainError | 'untested')[],
  startWorkflow: () => Promise<unknown> = async () => ({ workflowId: 'test' }),
): ApiContext {
  const coming = [...reads];
  const inTeam = async () => ({ connectionId: 7n, madeWebhookSecret: 'shown once' });
  return {
    viewer: { userId: 9n, teamIds: [1n], adminTeamIds: [1n] },
    signal: new AbortController().signal,
    observed: beginObservation(),
    reads: {
      refresh: async () => undefined,
      session: {
        query: async () => {
          const next = coming.shift();
          if (next instanceof DomainError) {
            throw next;
          }
          return [next === 'untested' ? { ...CONNECTION, testedAt: null } : CONNECTION];
        },
      },
    },
    services: {
      allowedHosts: allowLoopback(),
      secrets: {},
      writes: { inTeam },
      deadlines: { connectionTestMs: 10_000 },
      launcher: { startWorkflow, scheduleTeam: async () => undefined },
    },
  } as unknown as ApiContext;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'], shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

it('answers with what was stored also while the database is too busy to be asked', async () => {
  const busy = new DomainError('OVERLOADED', 'Too many reads at a time.');
  const away = new DomainError('DATABASE_UNAVAILABLE', 'PostgreSQL does not answer.');
  const connecting = connectGitHub(contextOf(['untested', busy, away]));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await connecting).toMatchObject({
    __typename: 'ConnectGitHubPayload',
    webhookSecret: 'shown once',
    isTested: true,
    isScheduled: true,
  });
});

it('answers with what was stored also when nobody takes the test', async () => {
  const refuse = () => Promise.reject(new DomainError('TEMPORAL_UNAVAILABLE', 'No answer.'));
  expect(await connectGitHub(contextOf([], refuse))).toMatchObject({
    __typename: 'ConnectGitHubPayload',
    webhookSecret: 'shown once',
    isTested: false,
    isScheduled: false,
  });
});

it('tests a credential that was stored while the test of the one before was ending', async () => {
  const joins = [true, true, false];
  let starts = 0;
  const startWorkflow = async () => {
    starts += 1;
    return { workflowId: 'test', joined: joins.shift() };
  };
  const connecting = connectGitHub(
    contextOf(['untested', 'untested', 'untested', 'untested'], startWorkflow),
  );
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await connecting).toMatchObject({ isTested: true });
  // The one that it joined, that one again, and one of its own; none beside that.
  expect(starts).toBe(3);
});
