import type {
  MemberActivities,
  OrganizationInput,
  OrganizationOutcome,
  SyncOrganizationResult,
} from '../../contracts/members.ts';
import { readEtag, saveEtag } from '../../db/connections/github-etags.ts';
import {
  readRepositoryOwners,
  releaseOtherMembers,
  storeOrganizationMembers,
  type OrganizationMembers,
} from '../../db/members/organization-members.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { ActorFact } from '../../domain/members/actor.ts';
import { GitHubFailure, isFailure } from '../../github/transport/failures.ts';
import { membersUrl, type MemberPage } from '../../github/members/members.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { orWait, RetryAfter } from '../core/retry-after.ts';

/** More than the largest organisation has; the ids of so many still fit into a workflow's history. */
const MAX_MEMBERS = 100_000;

const BEGINNING = { after: null, seen: [], written: 0, unread: 0 } as const;

/** Activities of the queue `sync` that read members of organisations. */
export function createMemberActivities(context: GitHubContext): MemberActivities {
  return {
    async planMemberSync(input) {
      const teamId = BigInt(input.teamId);
      const owners = await withTeam(context.db, teamId, (tx) => readRepositoryOwners(tx, teamId));
      return {
        organizations: owners.map(({ connectionId, owner }) => ({
          teamId: input.teamId,
          connectionId: String(connectionId),
          organization: owner,
        })),
      };
    },

    async syncOrganizationMembers(input) {
      try {
        return await orWait(syncMembersOf(context, input));
      } catch (error) {
        if (isFailure(error, 'NOT_FOUND')) {
          return done({ state: 'NOT_AN_ORGANIZATION' });
        }
        // GitHub shows the repositories and not the members: the syncs go on without them.
        if (isFailure(error, 'FORBIDDEN', 'MISSING_SCOPE')) {
          return done({ state: 'REFUSED', reason: error.message });
        }
        throw error;
      }
    },
  };
}

/** Reads and stores the members of one organisation, unless nothing has changed. */
async function syncMembersOf(
  context: GitHubContext,
  input: OrganizationInput,
): Promise<SyncOrganizationResult> {
  const { db, now } = context;
  const { organization } = input;
  const teamId = BigInt(input.teamId);
  const connectionId = BigInt(input.connectionId);
  const scope = { teamId, connectionId, repositoryId: null, priority: 'BACKGROUND' } as const;
  const key = { teamId, connectionId, url: membersUrl(organization) };
  let etag: string | null = null;
  if (input.cursor === undefined) {
    const known = await withTeam(db, teamId, (tx) => readEtag(tx, key));
    const { answer } = await context.withRequestSlot({ ...scope, resource: 'core' }, (github) =>
      github.members.check(organization, known),
    );
    if (answer.isUnchanged) {
      return done({ state: 'UNCHANGED' });
    }
    ({ etag } = answer);
  }
  const begun = input.cursor ?? BEGINNING;
  const read = await readPages(organization, begun, (after) =>
    context.withRequestSlot({ ...scope, resource: 'graphql' }, (github) =>
      github.members.fetchPage(organization, after),
    ),
  );
  const { after, wait } = read;
  const seen = [...begun.seen, ...read.members.map(({ githubId }) => String(githubId))];
  return withTeam(db, teamId, async (tx) => {
    const { inserted, updated } = await storeOrganizationMembers(tx, teamId, read);
    const written = begun.written + inserted + updated;
    const unread = (begun.unread ?? 0) + read.unread;
    const hidden = unread > 0 && { unread };
    if (wait !== null) {
      const cursor = after !== null && { cursor: { after, seen, written, ...hidden } };
      return { next: 'WAIT', ...wait.toWait(), ...cursor };
    }
    const ids = seen.map(BigInt);
    // Beyond the most members that are read, and where some cannot be, nobody knows who left.
    const isWhole = after === null && unread === 0;
    const left = isWhole ? await releaseOtherMembers(tx, teamId, read.organization, ids) : 0;
    if (etag !== null && unread === 0) {
      await saveEtag(tx, key, etag, now());
    }
    return done({ state: 'STORED', members: seen.length, written, left, ...hidden });
  });
}

/** What was read, and where it had to stop for a wait. */
interface PagesRead extends OrganizationMembers {
  /** Cursor behind the last page; null before the first, and at the end. */
  readonly after: string | null;
  /** Entries that could not be read. */
  readonly unread: number;
  readonly wait: RetryAfter | null;
}

/**
 * Reads page after page from a cursor on, to the end or to a wait.
 * @throws GitHubFailure UNEXPECTED also where a page says that there are more and shows only whom earlier ones did: such a
 * list never ends, and does not say who has left
 */
async function readPages(
  organization: string,
  begun: { readonly after: string | null; readonly seen: readonly string[] },
  fetchPage: (after: string | null) => Promise<{ readonly answer: MemberPage }>,
): Promise<PagesRead> {
  const members: ActorFact[] = [];
  const known = new Set(begun.seen);
  let login = organization;
  let unread = 0;
  let { after } = begun;
  try {
    do {
      const { answer } = await fetchPage(after);
      const before = known.size;
      for (const member of answer.members) {
        known.add(String(member.githubId));
      }
      if (answer.nextCursor !== null && known.size === before) {
        throw new GitHubFailure(
          'UNEXPECTED',
          `GitHub's answer for organisation ${organization} contradicts itself: a page says that there are more members, and shows none that earlier pages did not.`,
        );
      }
      members.push(...answer.members);
      unread += answer.unread;
      ({ organization: login, nextCursor: after } = answer);
    } while (after !== null && begun.seen.length + members.length < MAX_MEMBERS);
  } catch (error) {
    if (error instanceof RetryAfter) {
      return { organization: login, members, after, unread, wait: error };
    }
    throw error;
  }
  return { organization: login, members, after, unread, wait: null };
}

function done(outcome: OrganizationOutcome): SyncOrganizationResult {
  return { next: 'DONE', outcome };
}
