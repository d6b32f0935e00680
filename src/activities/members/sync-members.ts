import type {
  MemberActivities,
  MembersCursor,
  OrganizationInput,
  OrganizationOutcome,
  SyncOrganizationResult,
} from '../../contracts/members.ts';
import { setPartialProblem } from '../../db/connections/github-connections.ts';
import { forgetEtag, readEtag, saveEtag } from '../../db/connections/github-etags.ts';
import {
  findMembersByLogin,
  readRepositoryOwners,
  releaseOtherMembers,
  storeOrganizationMembers,
  type OrganizationMembers,
} from '../../db/members/organization-members.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import type { ConnectionKey } from '../../db/core/keys.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { ActorFact } from '../../domain/members/actor.ts';
import { GitHubFailure, isFailure } from '../../github/transport/failures.ts';
import { membersUrl, type MemberPage, type UnreadMember } from '../../github/members/members.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { orWait, RetryAfter } from '../core/retry-after.ts';
import { tryMergeLoginAccounts } from './merge-login-accounts.ts';
import { syncCollaborators } from './sync-collaborators.ts';

/** More than the largest organisation has; the ids of so many still fit into a workflow's history. */
const MAX_MEMBERS = 100_000;

/** Logins of unreadable entries that a call hands to the next: as small a part of its input as they are of any list. */
const MAX_UNREAD_LOGINS = 100;

/** A list that no call has read of. */
const BEGINNING: Omit<MembersCursor, 'after'> & { readonly after: null } = {
  after: null,
  seen: [],
  written: 0,
};

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
      const members = await syncOrRefuse(input);
      if (members.next === 'WAIT') {
        return members;
      }
      const collaborators = await syncCollaborators(context, input);
      // After both: they may have said what the login of a member is now.
      await tryMergeLoginAccounts(context.db, BigInt(input.teamId));
      return collaborators === null ? members : { ...members, collaborators };
    },
  };

  async function syncOrRefuse(input: OrganizationInput): Promise<SyncOrganizationResult> {
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
  }
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
  const seen = [...begun.seen, ...idsOf(read)];
  const unread = addUnread(begun, read.unread);
  return withTeam(db, teamId, async (tx) => {
    const { inserted, updated } = await storeOrganizationMembers(tx, teamId, read);
    const written = begun.written + inserted + updated;
    if (wait !== null) {
      const cursor = after !== null && { cursor: { after, seen, written, ...unread } };
      return { next: 'WAIT', ...wait.toWait(), ...cursor };
    }
    const released = await release(tx, key, { ...read, seen, unread });
    if (unread !== null) {
      // Kept from an earlier answer, it would call a list unchanged that nobody has compared with what is stored.
      await forgetEtag(tx, key);
    } else if (etag !== null) {
      await saveEtag(tx, key, etag, now());
    }
    const hidden = unread !== null && { unread: unread.unread };
    return done({ state: 'STORED', members: seen.length, written, ...released, ...hidden });
  });
}

/** Entries of a list that could not be read, with what is known of whose they are; null where all could. */
type Unread = Required<Pick<MembersCursor, 'unread' | 'unreadLogins' | 'unnamed'>> | null;

/** Adds entries to those of earlier calls. One whose id is shown is among the members that are there, and only counted. */
function addUnread(
  begun: Pick<MembersCursor, 'unread' | 'unreadLogins' | 'unnamed'>,
  entries: readonly UnreadMember[],
): Unread {
  const unread = (begun.unread ?? 0) + entries.length;
  if (unread === 0) {
    return null;
  }
  const strangers = entries.filter(({ githubId }) => githubId === null);
  const logins = [...(begun.unreadLogins ?? []), ...strangers.flatMap(({ login }) => login ?? [])];
  const empty = strangers.filter(({ login }) => login === null).length;
  const beyond = Math.max(logins.length - MAX_UNREAD_LOGINS, 0);
  return {
    unread,
    unreadLogins: logins.slice(0, MAX_UNREAD_LOGINS),
    unnamed: (begun.unnamed ?? begun.unread ?? 0) + empty + beyond,
  };
}

/**
 * Releases whom the list does not show, where that is known: an entry that cannot be read is the member's whose id it
 * shows, or the stored one's whose login it shows. Where one may be anybody's, or the list is longer than what is read,
 * nobody is released, and the connection says why.
 */
async function release(
  tx: DbTransaction,
  key: ConnectionKey,
  list: Pick<PagesRead, 'organization' | 'after'> & {
    readonly seen: readonly string[];
    readonly unread: Unread;
  },
): Promise<{ readonly left: number; readonly held?: string }> {
  const { organization, after, seen, unread } = list;
  const logins = unread?.unreadLogins ?? [];
  const named = await findMembersByLogin(tx, key.teamId, organization, logins);
  const unnamed = (unread?.unnamed ?? 0) + (named === null ? logins.length : 0);
  const held =
    after !== null
      ? `it has more than the ${MAX_MEMBERS} that are read, so that nobody is taken to have left it.`
      : named === null || unnamed > 0
        ? `GitHub does not show whose ${unnamed} of the entries of its list are, so that nobody is taken to have left it. The next sync reads the list again; ask the support of GitHub where it stays so.`
        : null;
  await setPartialProblem(tx, key, `Members of ${organization}: `, held);
  if (held !== null || named === null) {
    return { left: 0, ...(held !== null && { held }) };
  }
  const ids = [...seen.map(BigInt), ...named];
  return { left: await releaseOtherMembers(tx, key.teamId, organization, ids) };
}

/** What was read, and where it had to stop for a wait. */
interface PagesRead extends OrganizationMembers {
  /** Cursor behind the last page; null before the first, and at the end. */
  readonly after: string | null;
  readonly unread: readonly UnreadMember[];
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
  const unread: UnreadMember[] = [];
  const known = new Set(begun.seen);
  let login = organization;
  let { after } = begun;
  try {
    do {
      const { answer } = await fetchPage(after);
      const before = known.size;
      for (const id of idsOf(answer)) {
        known.add(id);
      }
      if (answer.nextCursor !== null && known.size === before) {
        throw new GitHubFailure(
          'UNEXPECTED',
          `GitHub's answer for organisation ${organization} contradicts itself: a page says that there are more members, and shows none that earlier pages did not.`,
        );
      }
      members.push(...answer.members);
      unread.push(...answer.unread);
      ({ organization: login, nextCursor: after } = answer);
    } while (after !== null && begun.seen.length + members.length + unread.length < MAX_MEMBERS);
  } catch (error) {
    if (error instanceof RetryAfter) {
      return { organization: login, members, after, unread, wait: error };
    }
    throw error;
  }
  return { organization: login, members, after, unread, wait: null };
}

/** GitHub's ids of whom entries show, also of those that cannot be read otherwise. */
function idsOf({ members, unread }: Pick<MemberPage, 'members' | 'unread'>): string[] {
  return [...members, ...unread].flatMap(({ githubId }) =>
    githubId === null ? [] : String(githubId),
  );
}

function done(outcome: OrganizationOutcome): SyncOrganizationResult {
  return { next: 'DONE', outcome };
}
