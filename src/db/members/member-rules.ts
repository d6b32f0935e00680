import { AI_TOOLS } from '../../domain/ai-tools/ai-tools.ts';
import { reclassify, type ActorKind } from '../../domain/members/actor.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { withTeam } from '../core/team-transaction.ts';
import { withDirtyMarks } from '../rollups/dirty-marks.ts';
import { recomputePhases } from '../rollups/pull-request-phases.ts';
import { memberChange, readPullRequests } from './member-kind.ts';

/** Pull requests whose phases are computed with one statement. */
const PULL_REQUESTS_AT_ONCE = 500;

const AGENT_LOGINS = toArrayLiteral(
  AI_TOOLS.flatMap((tool) => [
    ...tool.users,
    ...tool.agents.flatMap((login) => [login, `${login}[bot]`]),
  ]),
);

interface StoredMember {
  readonly id: bigint;
  readonly login: string;
  readonly kind: ActorKind;
  readonly kindRule: string;
}

/**
 * Gives members the kinds that today's list of agents says, with the phases of what they and accounts of unknown kind
 * reviewed, as part of a new definition: otherwise the next reading of an unchanged history would change some of its
 * numbers. What an admin has set stays. Done twice it changes nothing.
 * @returns how many members have another kind now
 */
export async function reclassifyMembers(db: Db, teamId: bigint): Promise<number> {
  return withTeam(
    db,
    teamId,
    async (tx) => {
      const members = await readRuledMembers(tx, teamId);
      const decided = members.map((member) => ({ ...member, now: reclassify(member) }));
      const changed = decided.filter(
        ({ kind, kindRule, now }) => kind !== now.kind || kindRule !== now.kindRule,
      );
      // A sync that is newer than the weeks may have been first to see that a user is an agent.
      const agents = decided.filter(({ now }) => now.kindRule === 'user account of an AI agent');
      const touched = [...changed, ...agents].map(({ id }) => id);
      const unknown = await readMembersOfUnknownKind(tx, teamId);
      const reviewers = [...new Set([...touched, ...unknown])];
      const reviewed = await readPullRequests(tx, teamId, reviewers, 'REVIEWED');
      // No part of what is hashed for dirty marks is a kind: they see the phases change.
      await tx.$executeRaw`
        UPDATE member m SET kind = n.kind, kind_rule = n.rule
        FROM unnest(${toArrayLiteral(changed.map(({ id }) => id))}::text::bigint[],
          ${toArrayLiteral(changed.map(({ now }) => now.kind))}::text::text[],
          ${toArrayLiteral(changed.map(({ now }) => now.kindRule))}::text::text[]) AS n(id, kind, rule)
        WHERE m.team_id = ${teamId} AND m.id = n.id AND m.kind_set_by_id IS NULL`;
      for (let from = 0; from < reviewed.length; from += PULL_REQUESTS_AT_ONCE) {
        const some = reviewed.slice(from, from + PULL_REQUESTS_AT_ONCE);
        await withDirtyMarks(tx, teamId, some, () => recomputePhases(tx, teamId, some));
      }
      return changed.length;
    },
    memberChange(teamId),
  );
}

/** Members whose kind today's list may decide otherwise: those that it names, and those that an earlier one named. */
async function readRuledMembers(tx: DbTransaction, teamId: bigint): Promise<StoredMember[]> {
  return tx.$queryRaw<StoredMember[]>`
    SELECT id, login, kind, kind_rule AS "kindRule" FROM member
    WHERE team_id = ${teamId} AND kind_set_by_id IS NULL
      AND (lower(login) = ANY (${AGENT_LOGINS}::text::text[]) OR kind = 'AI_AGENT')
    ORDER BY id`;
}

/**
 * Members that are neither people nor machines to us, by a rule or by an admin: before definition v2 nobody was
 * reviewed by them.
 */
async function readMembersOfUnknownKind(tx: DbTransaction, teamId: bigint): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM member WHERE team_id = ${teamId} AND kind = 'UNKNOWN' ORDER BY id`;
  return rows.map(({ id }) => id);
}
