import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import {
  toMembersStart,
  type MemberActivities,
  type MembersCursor,
  type SyncMembersResult,
} from '../../../src/contracts/members.ts';
import { createMemberStubs } from '../../support/stubs/member-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function begin(organizations: readonly string[], changes: Partial<MemberActivities> = {}) {
  const stubs = createMemberStubs(organizations, changes);
  await world.work(stubs);
  const teamId = world.nextTeam();
  return { stubs, teamId, handle: await world.start(toMembersStart(teamId)) };
}

const SKIPPED = { failed: 1, reason: '1 list was skipped.' };

test('organisations are read one after the other, and each is in the result', async () => {
  const { stubs, handle, teamId } = await begin(['acme', 'ada', 'octo'], {
    async syncOrganizationMembers({ organization }) {
      stubs.calls.push(`syncOrganizationMembers ${organization}`);
      return {
        next: 'DONE',
        outcome: { state: organization === 'ada' ? 'NOT_AN_ORGANIZATION' : 'UNCHANGED' },
        ...(organization === 'octo' && { collaborators: SKIPPED }),
      };
    },
  });
  const result = (await handle.result()) as SyncMembersResult;
  expect(result.organizations).toEqual([
    { organization: 'acme', outcome: { state: 'UNCHANGED' } },
    { organization: 'ada', outcome: { state: 'NOT_AN_ORGANIZATION' } },
    { organization: 'octo', outcome: { state: 'UNCHANGED' }, collaborators: SKIPPED },
  ]);
  expect(stubs.calls).toEqual([
    'planMemberSync',
    'syncOrganizationMembers acme',
    'syncOrganizationMembers ada',
    'syncOrganizationMembers octo',
  ]);
  expect(handle.workflowId).toBe(`members:${teamId}`);
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

test('behind a limit it goes on where it was, as often as there are limits', async () => {
  const cursors = [1, 2].map((page): MembersCursor => {
    const seen = Array.from({ length: page }, (_, index) => String(index));
    return { after: `cursor ${page}`, seen, written: page };
  });
  const asked: (MembersCursor | undefined)[] = [];
  const { handle } = await begin(['acme', 'octo'], {
    async syncOrganizationMembers({ organization, cursor }) {
      if (organization === 'octo') {
        return { next: 'DONE', outcome: { state: cursor ? 'UNCHANGED' : 'NOT_AN_ORGANIZATION' } };
      }
      asked.push(cursor);
      const reached = cursors[asked.length - 1];
      return reached === undefined
        ? { next: 'DONE', outcome: { state: 'STORED', members: 3, written: 3, left: 0 } }
        : { next: 'WAIT', until: new Date().toISOString(), reason: 'limit', cursor: reached };
    },
  });
  expect(await handle.result()).toMatchObject({
    organizations: [
      { outcome: { state: 'STORED', written: 3 } },
      { outcome: { state: 'NOT_AN_ORGANIZATION' } },
    ],
  });
  expect(asked).toEqual([undefined, ...cursors]);
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
