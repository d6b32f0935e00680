import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  toMembersStart,
  type MemberActivities,
  type SyncMembersResult,
} from '../../src/contracts/members.ts';
import { createMemberStubs } from '../support/member-stubs.ts';
import { startStubWorkers, type StubWorkers } from '../support/stub-workers.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

let temporal: TestTemporal;
let workers: StubWorkers | undefined;
let team = 0;

beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterEach(async () => {
  await workers?.stop();
  workers = undefined;
});
afterAll(() => temporal.stop());

async function begin(organizations: readonly string[], changes: Partial<MemberActivities> = {}) {
  const stubs = createMemberStubs(organizations, changes);
  workers = await startStubWorkers(temporal, stubs);
  team += 1;
  const { workflowType, workflowId, taskQueue, input } = toMembersStart(String(team));
  const handle = await temporal.client.workflow.start(workflowType, {
    workflowId,
    taskQueue,
    args: [input],
  });
  return { stubs, handle };
}

test('organisations are looked at one after the other, and each is told', async () => {
  const { stubs, handle } = await begin(['acme', 'ada', 'octo'], {
    async syncOrganizationMembers({ organization }) {
      stubs.calls.push(`syncOrganizationMembers ${organization}`);
      return {
        next: 'DONE',
        outcome: { state: organization === 'ada' ? 'NOT_AN_ORGANIZATION' : 'UNCHANGED' },
      };
    },
  });
  const result = (await handle.result()) as SyncMembersResult;
  expect(result.organizations).toEqual([
    { organization: 'acme', outcome: { state: 'UNCHANGED' } },
    { organization: 'ada', outcome: { state: 'NOT_AN_ORGANIZATION' } },
    { organization: 'octo', outcome: { state: 'UNCHANGED' } },
  ]);
  expect(stubs.calls).toEqual([
    'planMemberSync',
    'syncOrganizationMembers acme',
    'syncOrganizationMembers ada',
    'syncOrganizationMembers octo',
  ]);
  expect(handle.workflowId).toBe(`members:${team}`);
});

test('a limit is a timer, after which the same organisation is asked for again', async () => {
  let asked = 0;
  const { handle } = await begin(['acme'], {
    async syncOrganizationMembers() {
      asked += 1;
      return asked === 1
        ? { next: 'WAIT', until: new Date(Date.now() + 1_100).toISOString(), reason: 'limit' }
        : { next: 'DONE', outcome: { state: 'STORED', members: 3, written: 2, left: 0 } };
    },
  });
  const result = (await handle.result()) as SyncMembersResult;
  expect(result.organizations).toMatchObject([{ outcome: { state: 'STORED', members: 3 } }]);
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.timerFiredEventAttributes)).toHaveLength(1);
});

test('a credential that GitHub refuses fails the workflow with the sentence', async () => {
  const { handle } = await begin(['acme'], {
    async syncOrganizationMembers() {
      throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
    },
  });
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(String((failure as WorkflowFailedError).cause?.cause)).toMatch('GitHub refuses the token');
});
