import { setCurrentDetails } from '@temporalio/workflow';
import type {
  MemberActivities,
  MembersCursor,
  OrganizationInput,
  SyncMembersInput,
  SyncMembersResult,
  SyncedOrganization,
} from '../../contracts/members.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { waitUntil } from '../core/wait-until.ts';

// The largest organisation takes a thousand requests, each of which waits for a request slot.
const activities = activitiesOn<MemberActivities>('sync', '30m');

/**
 * Brings the members of the organisations that own a team's repositories up to date, one organisation after another.
 * Each activity stores what it read in one transaction. A rate limit is a timer here, after which reading goes on at its
 * cursor; who left the organisation is decided with the last page. An owner that is a person and an organisation that does
 * not show its members are named in the result, and the others are read all the same.
 */
export async function syncMembers(input: SyncMembersInput): Promise<SyncMembersResult> {
  const { organizations } = await activities.planMemberSync(input);
  const results: (SyncedOrganization & { organization: string })[] = [];
  for (const organization of organizations) {
    setCurrentDetails(`${results.length} of ${organizations.length} organisations`);
    const synced = await syncOne(organization);
    results.push({ organization: organization.organization, ...synced });
  }
  return { organizations: results };
}

async function syncOne(organization: OrganizationInput): Promise<SyncedOrganization> {
  for (let cursor: MembersCursor | undefined; ;) {
    const input: OrganizationInput =
      cursor === undefined ? organization : { ...organization, cursor };
    const result = await activities.syncOrganizationMembers(input);
    if (result.next === 'DONE') {
      const { next: _, ...synced } = result;
      return synced;
    }
    ({ cursor } = result);
    await waitUntil(result);
  }
}
