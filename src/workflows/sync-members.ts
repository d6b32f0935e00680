import { proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type {
  MemberActivities,
  OrganizationInput,
  OrganizationOutcome,
  SyncMembersInput,
  SyncMembersResult,
} from '../contracts/members.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';

const activities = proxyActivities<MemberActivities>({
  taskQueue: TASK_QUEUES.sync,
  // A thousand requests of the largest organisation, each in its turn.
  startToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    maximumAttempts: 30,
  },
});

/**
 * Brings the members of the organisations up to date that own a team's repositories, one after the other. All members
 * of one are one transaction, so a look that is cut off changes nothing. A rate limit is a timer here; an owner that is
 * a person, and an organisation that does not show its members, are told in the result and stop no other.
 */
export async function syncMembers(input: SyncMembersInput): Promise<SyncMembersResult> {
  const { organizations } = await activities.planMemberSync(input);
  const results: { organization: string; outcome: OrganizationOutcome }[] = [];
  for (const organization of organizations) {
    setCurrentDetails(`${results.length} of ${organizations.length} organisations`);
    const outcome = await syncOne(organization);
    results.push({ organization: organization.organization, outcome });
  }
  return { organizations: results };
}

async function syncOne(organization: OrganizationInput): Promise<OrganizationOutcome> {
  for (;;) {
    const result = await activities.syncOrganizationMembers(organization);
    if (result.next === 'DONE') {
      return result.outcome;
    }
    setCurrentDetails(`Waits until ${result.until}: ${result.reason}`);
    await sleep(Math.max(Date.parse(result.until) - Date.now(), 1000));
  }
}
