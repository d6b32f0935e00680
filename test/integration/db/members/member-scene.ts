import { createWriteSource } from '../../../../src/db/core/write-source.ts';
import { memberChange, setMemberKind } from '../../../../src/db/members/member-kind.ts';
import { mergeMembers } from '../../../../src/db/members/member-merge.ts';
import type { ActorFact } from '../../../../src/domain/members/actor.ts';
import {
  aComment,
  aCommit,
  anActor,
  aPullRequest,
  aReadyEvent,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import { clearDirtyMarks, store } from '../stored-rows.ts';

const CREATED = new Date('2025-12-16T10:00:00Z');
export const ANA = anActor();
export const BO = anActor({ login: 'bo' });
/** Ana's account at work. */
export const ANA_WORK = anActor({ login: 'ana-work' });
const at = (hours: number): Date => hoursAfter(CREATED, hours);

/** Opened by Ana, reviewed by her other account after an hour and by Bo after four. */
export const PULL = aPullRequest({
  createdAt: CREATED,
  mergedAt: at(10),
  mergedBy: ANA_WORK,
  reviews: [
    aReview({ author: ANA_WORK, state: 'APPROVED', submittedAt: at(1) }),
    aReview({ author: BO, state: 'APPROVED', submittedAt: at(4) }),
  ],
  commits: [aCommit({ author: ANA_WORK, authoredAt: at(-2) })],
  comments: [aComment({ author: ANA_WORK })],
  events: [{ ...aReadyEvent(at(0)), actor: ANA_WORK, subject: ANA_WORK, subjectName: 'ana-work' }],
});

/** A scene whose teams have `PULL`, with an admin. */
export interface MemberScene extends Scene {
  readonly adminId: bigint;
  /** A team with `PULL` and no dirty marks. */
  newTeam(): Promise<SceneTeam>;
  read<Row>(team: SceneTeam, text: string, ...more: readonly unknown[]): Promise<Row[]>;
  idOf(team: SceneTeam, who: ActorFact): Promise<bigint>;
  merge(team: SceneTeam, from: ActorFact, into: ActorFact): Promise<void>;
  setKind(team: SceneTeam, who: ActorFact, kind: ActorFact['kind'] | null): Promise<void>;
  /** Hours of pickup of `PULL`. */
  pickupHours(team: SceneTeam): Promise<number>;
  readKind(team: SceneTeam, who: ActorFact): Promise<object | undefined>;
}

export async function openMemberScene(): Promise<MemberScene> {
  const scene = await openScene();
  const { db, sql } = scene;
  const writes = createWriteSource(db);
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO app_user (email, name) VALUES ('admin@example.test', 'Admin') RETURNING id`,
  );
  const adminId = BigInt(rows[0]?.id ?? 0);
  let teams = 0;

  async function read<Row>(
    { teamId }: SceneTeam,
    text: string,
    ...more: readonly unknown[]
  ): Promise<Row[]> {
    return (await sql.query(text, [teamId, ...more])).rows as Row[];
  }

  async function idOf(team: SceneTeam, { githubId }: ActorFact): Promise<bigint> {
    const [row] = await read<{ id: string }>(
      team,
      'SELECT id FROM member WHERE team_id = $1 AND github_id = $2',
      githubId,
    );
    return BigInt(row?.id ?? 0);
  }

  return {
    ...scene,
    adminId,
    read,
    idOf,
    async newTeam() {
      teams += 1;
      const team = await addTeam(sql, `team-${teams}`);
      await store(db, team, [PULL]);
      await clearDirtyMarks(sql, team);
      return team;
    },
    async merge(team, from, into) {
      const { teamId } = team;
      const [fromId, intoId] = [await idOf(team, from), await idOf(team, into)];
      await writes.inTeam(
        teamId,
        adminId,
        (tx) => mergeMembers(tx, { teamId, fromId, intoId }),
        memberChange(teamId),
      );
    },
    async setKind({ teamId, ...team }, who, kind) {
      const id = await idOf({ teamId, ...team }, who);
      await writes.inTeam(
        teamId,
        adminId,
        (tx) => setMemberKind(tx, { teamId, id, kind, actorId: adminId }),
        memberChange(teamId),
      );
    },
    async pickupHours(team) {
      const [row] = await read<{ hours: number }>(
        team,
        'SELECT pickup_seconds::int / 3600 AS hours FROM pull_request WHERE team_id = $1',
      );
      return row?.hours ?? Number.NaN;
    },
    async readKind(team, who) {
      const [row] = await read<object>(
        team,
        `SELECT kind, kind_rule AS rule, kind_set_by_id::int AS by FROM member WHERE team_id = $1 AND github_id = $2`,
        who.githubId,
      );
      return row;
    },
  };
}
