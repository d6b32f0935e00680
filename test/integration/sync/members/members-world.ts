import { afterEach } from 'vitest';
import { createMemberActivities } from '../../../../src/activities/members/sync-members.ts';
import type { MembersCursor, SyncOrganizationResult } from '../../../../src/contracts/members.ts';
import type { FakeGitHubOptions } from '../../../../src/demo/fake-github/fake-github.ts';
import type { AccountData, GitHubData } from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

function accountOf(login: string, databaseId: number): AccountData {
  const url = `https://github.example/${login}`;
  const createdAt = '2020-01-01T00:00:00Z';
  return { kind: 'User', databaseId, login, name: null, url, createdAt };
}

/** `acme` with so many members beside ada and bo. */
export function sourceOf(more: number, members: readonly string[] = ['ada', 'bo']): GitHubData {
  const source = aSource([]);
  const others = Array.from({ length: more }, (_, index) =>
    accountOf(`dev-${String(index).padStart(4, '0')}`, 1_000 + index),
  );
  return {
    ...source,
    accounts: [...source.accounts, ...others],
    organizations: [{ login: 'acme', members: [...members, ...others.map(({ login }) => login)] }],
  };
}

async function openMembersWorld(source: GitHubData, options: Partial<FakeGitHubOptions> = {}) {
  const opened = await openAskingWorld(source, options);
  const { syncOrganizationMembers, planMemberSync } = createMemberActivities(opened.aWorker());
  return {
    ...opened,
    plan: () => planMemberSync({ teamId: String(opened.teamId) }),
    look: (organization = 'acme', cursor?: MembersCursor): Promise<SyncOrganizationResult> =>
      syncOrganizationMembers({
        teamId: String(opened.teamId),
        connectionId: String(opened.connectionId),
        organization,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    members: () =>
      opened.rows<{ login: string; organization: string | null }>(
        'SELECT login, organization, is_external, kind, name FROM member ORDER BY login',
      ),
  };
}

/** Opens a world of a test, which is closed after it; a rule of GitHub that was broken fails the test. */
export function useMembersWorld() {
  let world: AskingWorld | undefined;
  afterEach(async () => {
    const brokenRules = world?.fake.stats().brokenRules;
    await world?.close();
    world = undefined;
    if (brokenRules?.length !== 0) {
      throw new Error(`rules of GitHub were broken: ${JSON.stringify(brokenRules)}`);
    }
  });
  return async (source: GitHubData, options: Partial<FakeGitHubOptions> = {}) => {
    const opened = await openMembersWorld(source, options);
    world = opened;
    return opened;
  };
}
