import type { MemberActivities } from '../../../src/contracts/members.ts';
import { createStubActivities } from './stub-workers.ts';

/** Activities of members that succeed at once, for so many organisations; a test replaces what it is about. */
export function createMemberStubs(
  organizations: readonly string[],
  changes: Partial<MemberActivities> = {},
) {
  const calls: string[] = [];
  const sync: MemberActivities = {
    async planMemberSync({ teamId }) {
      calls.push('planMemberSync');
      return {
        organizations: organizations.map((organization) => ({
          teamId,
          connectionId: '1',
          organization,
        })),
      };
    },
    async syncOrganizationMembers({ organization }) {
      calls.push(`syncOrganizationMembers ${organization}`);
      return { next: 'DONE', outcome: { state: 'UNCHANGED' } };
    },
    ...changes,
  };
  return { calls, sync, compute: createStubActivities().compute };
}
