import { AI_TOOLS } from '../../domain/ai-tools/ai-tools.ts';
import { isReviewer, reclassify, type ActorKind } from '../../domain/members/actor.ts';
import { isOlderDefinition } from '../../domain/rollups/definition-version.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { withTeam } from '../core/team-transaction.ts';
import { restartDefinition } from '../rollups/definition-progress.ts';
import { markMergedWeeksDirty } from '../rollups/dirty-marks.ts';
import { readRollupDefinition } from '../rollups/finish-rebuild.ts';
import { memberChange } from './member-kind.ts';

/** Members that are read and changed with one statement each. */
const MEMBERS_AT_ONCE = 500;

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
 * Gives members of a team whose weeks are of an older definition the kinds that today's list of agents says, so many in one
 * transaction. Otherwise the next reading of an unchanged history would change some of its numbers. What an admin has set
 * stays. The phases of what members reviewed, these and those that a sync has seen first, come with `applyDefinition`,
 * which begins at the first pull request again where a kind changes. Done twice it changes nothing.
 * @returns how many members have another kind or rule now
 */
export async function reclassifyMembers(
  db: Db,
  teamId: bigint,
  maxMembers = MEMBERS_AT_ONCE,
): Promise<number> {
  if (!isOlderDefinition(await readRollupDefinition(db, teamId))) {
    return 0;
  }
  let changed = 0;
  for (let after: bigint | undefined = 0n; after !== undefined;) {
    const step = await reclassifyNext(db, teamId, after, maxMembers);
    changed += step.changed;
    after = step.last;
  }
  return changed;
}

/** The next members; `last` is the id of the last one, undefined when none are left. */
async function reclassifyNext(
  db: Db,
  teamId: bigint,
  after: bigint,
  maxMembers: number,
): Promise<{ readonly changed: number; readonly last: bigint | undefined }> {
  return withTeam(
    db,
    teamId,
    async (tx) => {
      const members = await readRuledMembers(tx, teamId, after, maxMembers);
      const changed = await saveKinds(tx, teamId, members);
      return { changed, last: members.length < maxMembers ? undefined : members.at(-1)?.id };
    },
    memberChange(teamId),
  );
}

async function saveKinds(
  tx: DbTransaction,
  teamId: bigint,
  members: readonly StoredMember[],
): Promise<number> {
  const changed = members
    .map((member) => ({ ...member, now: reclassify(member) }))
    .filter(({ kind, kindRule, now }) => kind !== now.kind || kindRule !== now.kindRule);
  if (changed.length > 0) {
    await tx.$executeRaw`
      UPDATE member m SET kind = n.kind, kind_rule = n.rule
      FROM unnest(${toArrayLiteral(changed.map(({ id }) => id))}::text::bigint[],
        ${toArrayLiteral(changed.map(({ now }) => now.kind))}::text::text[],
        ${toArrayLiteral(changed.map(({ now }) => now.kindRule))}::text::text[]) AS n(id, kind, rule)
      WHERE m.team_id = ${teamId} AND m.id = n.id AND m.kind_set_by_id IS NULL`;
    const machines = changed.filter(({ kind, now }) => isReviewer(kind) !== isReviewer(now.kind));
    await markMergedWeeksDirty(
      tx,
      teamId,
      machines.map(({ id }) => id),
    );
    await restartDefinition(tx, teamId);
  }
  return changed.length;
}

/** Members whose kind today's list may decide otherwise: those that it names, and those that an earlier one named. */
async function readRuledMembers(
  tx: DbTransaction,
  teamId: bigint,
  after: bigint,
  limit: number,
): Promise<StoredMember[]> {
  return tx.$queryRaw<StoredMember[]>`
    SELECT id, login, kind, kind_rule AS "kindRule" FROM member
    WHERE team_id = ${teamId} AND kind_set_by_id IS NULL AND id > ${after}
      AND (lower(login) = ANY (${AGENT_LOGINS}::text::text[]) OR kind = 'AI_AGENT')
    ORDER BY id LIMIT ${limit}`;
}
