import type {
  MemberActivities,
  OrganizationOutcome,
  SyncOrganizationResult,
} from '../contracts/members.ts';
import { readEtag, saveEtag } from '../db/github-etags.ts';
import {
  readRepositoryOwners,
  storeOrganizationMembers,
  type OrganizationMembers,
} from '../db/organization-members.ts';
import { withTeam } from '../db/team-transaction.ts';
import type { ActorFact } from '../domain/actor.ts';
import { GitHubFailure } from '../github/failures.ts';
import { membersUrl, type MemberPage } from '../github/members.ts';
import type { Turn } from './ask-in-turn.ts';
import type { StageContext } from './sync-stage.ts';

/** An organisation of 100,000 members. */
const MAX_PAGES = 1_000;

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
      const place = { teamId, connectionId, repositoryId: null, priority: 'WALK' } as const;
      const key = { teamId, connectionId, url: membersUrl(organization) };
      try {
        const known = await withTeam(db, teamId, (tx) => readEtag(tx, key));
        const check = await context.askInTurn({ ...place, resource: 'core' }, ({ members }) =>
          members.check(organization, known),
        );
        if (!check.ready) {
          return toWait(check);
        }
        if (check.answer.isUnchanged) {
          return done({ state: 'UNCHANGED' });
        }
        const all = await readAll(organization, (after) =>
          context.askInTurn({ ...place, resource: 'graphql' }, (github) =>
            github.members.fetchPage(organization, after),
          ),
        );
        if (!all.ready) {
          return toWait(all);
        }
        const { etag } = check.answer;
        const stored = await withTeam(db, teamId, async (tx) => {
          const written = await storeOrganizationMembers(tx, teamId, all.answer);
          if (etag !== null) {
            await saveEtag(tx, key, etag, now());
          }
          return written;
        });
        return done({
          state: 'STORED',
          members: all.answer.members.length,
          written: stored.inserted + stored.updated,
          left: stored.left,
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

/** Reads page after page; a wait ends it without any, because who left is only known from the whole list. */
async function readAll(
  organization: string,
  fetchPage: (after: string | null) => Promise<Turn<MemberPage>>,
): Promise<Turn<OrganizationMembers>> {
  const members: ActorFact[] = [];
  let login = organization;
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES && (page === 0 || after !== null); page += 1) {
    const turn = await fetchPage(after);
    if (!turn.ready) {
      return turn;
    }
    members.push(...turn.answer.members);
    ({ organization: login, nextCursor: after } = turn.answer);
  }
  return { ready: true, answer: { organization: login, members } };
}

/** GitHub shows the repositories and not the members: the walks go on without them. */
function isRefusal({ kind }: GitHubFailure): boolean {
  return kind === 'FORBIDDEN' || kind === 'MISSING_SCOPE';
}

function toWait(turn: { readonly until: Date; readonly reason: string }): SyncOrganizationResult {
  return { next: 'WAIT', until: turn.until.toISOString(), reason: turn.reason };
}

function done(outcome: OrganizationOutcome): SyncOrganizationResult {
  return { next: 'DONE', outcome };
}
