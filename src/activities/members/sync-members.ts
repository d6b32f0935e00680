import type {
  MemberActivities,
  MembersCursor,
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
import { GitHubFailure } from '../../github/transport/failures.ts';
import { membersUrl, type MemberPage } from '../../github/members/members.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** More than the largest organisation has; the ids of so many still fit into a workflow's history. */
const MAX_MEMBERS = 100_000;

const BEGINNING = { after: null, seen: [], written: 0 } as const;

/** Activities of the queue `sync` that read members of organisations. */
export function createMemberActivities(context: StageContext): MemberActivities {
  const { db, now } = context;

  return {
    async planMemberSync(input) {
      const teamId = BigInt(input.teamId);
      const owners = await withTeam(db, teamId, (tx) => readRepositoryOwners(tx, teamId));
      return {
        organizations: owners.map(({ connectionId, owner }) => ({
          teamId: input.teamId,
          connectionId: String(connectionId),
          organization: owner,
        })),
      };
    },

    async syncOrganizationMembers(input) {
      const { organization } = input;
      const teamId = BigInt(input.teamId);
      const connectionId = BigInt(input.connectionId);
      const scope = { teamId, connectionId, repositoryId: null, priority: 'BACKGROUND' } as const;
      const key = { teamId, connectionId, url: membersUrl(organization) };
      try {
        let etag: string | null = null;
        if (input.cursor === undefined) {
          const known = await withTeam(db, teamId, (tx) => readEtag(tx, key));
          const check = await context.withRequestSlot(
            { ...scope, resource: 'core' },
            ({ members }) => members.check(organization, known),
          );
          if (!check.ready) {
            return toWait(check);
          }
          if (check.answer.isUnchanged) {
            return done({ state: 'UNCHANGED' });
          }
          ({ etag } = check.answer);
        }
        const begun = input.cursor ?? BEGINNING;
        const read = await readPages(organization, begun, (after) =>
          context.withRequestSlot({ ...scope, resource: 'graphql' }, (github) =>
            github.members.fetchPage(organization, after),
          ),
        );
        const { after, wait } = read;
        const seen = [...begun.seen, ...read.members.map(({ githubId }) => String(githubId))];
        return await withTeam(db, teamId, async (tx) => {
          const { inserted, updated } = await storeOrganizationMembers(tx, teamId, read);
          const written = begun.written + inserted + updated;
          if (wait !== null) {
            return toWait(wait, after === null ? undefined : { after, seen, written });
          }
          const ids = seen.map(BigInt);
          // Beyond the most members that are read, nobody knows who left.
          const left =
            after === null ? await releaseOtherMembers(tx, teamId, read.organization, ids) : 0;
          if (etag !== null) {
            await saveEtag(tx, key, etag, now());
          }
          return done({ state: 'STORED', members: seen.length, written, left });
        });
      } catch (error) {
        if (error instanceof GitHubFailure && error.kind === 'NOT_FOUND') {
          return done({ state: 'NOT_AN_ORGANIZATION' });
        }
        if (error instanceof GitHubFailure && isRefusal(error)) {
          return done({ state: 'REFUSED', reason: error.message });
        }
        throw error;
      }
    },
  };
}

/** What was read, and where it had to stop for a wait. */
interface PagesRead extends OrganizationMembers {
  /** Cursor of the last page; null before the first, and at the end. */
  readonly after: string | null;
  readonly wait: Wait | null;
}

type Wait = Extract<RequestSlot<unknown>, { readonly ready: false }>;

/** Reads page after page from a cursor on, to the end or to a wait. */
async function readPages(
  organization: string,
  begun: { readonly after: string | null; readonly seen: readonly string[] },
  fetchPage: (after: string | null) => Promise<RequestSlot<MemberPage>>,
): Promise<PagesRead> {
  const members: ActorFact[] = [];
  let login = organization;
  let { after } = begun;
  do {
    const slot = await fetchPage(after);
    if (!slot.ready) {
      return { organization: login, members, after, wait: slot };
    }
    members.push(...slot.answer.members);
    ({ organization: login, nextCursor: after } = slot.answer);
  } while (after !== null && begun.seen.length + members.length < MAX_MEMBERS);
  return { organization: login, members, after, wait: null };
}

/** GitHub shows the repositories and not the members: the syncs go on without them. */
function isRefusal({ kind }: GitHubFailure): boolean {
  return kind === 'FORBIDDEN' || kind === 'MISSING_SCOPE';
}

function toWait({ until, reason }: Wait, cursor?: MembersCursor): SyncOrganizationResult {
  const wait = { next: 'WAIT', until: until.toISOString(), reason } as const;
  return cursor === undefined ? wait : { ...wait, cursor };
}

function done(outcome: OrganizationOutcome): SyncOrganizationResult {
  return { next: 'DONE', outcome };
}
