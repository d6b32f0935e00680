import { defineList } from './lists.ts';
import type { ReadSession } from './read-source.ts';
import { readOfRows } from './rows-by-key.ts';

/** A user with a role in a team. */
export interface TeamUserRow {
  readonly teamId: bigint;
  readonly userId: bigint;
  readonly email: string;
  readonly name: string;
  readonly role: 'VIEWER' | 'ADMIN';
}

/** A token; its text and its hash are never read. */
export interface AccessTokenRow {
  readonly id: bigint;
  readonly name: string;
  readonly userId: bigint;
  readonly userEmail: string;
  /** What it may do now: its own role, or that of its user where that is less. */
  readonly role: 'VIEWER' | 'ADMIN' | 'OPERATOR';
  /** False for one that opens a single team. */
  readonly opensAllTeams: boolean;
  readonly createdAt: Date;
  /** Null when a command on the database made it. */
  readonly createdBy: bigint | null;
  /** Null for one that does not expire. */
  readonly expiresAt: Date | null;
  /** To five minutes; null for one that was not used. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const USERS = `(SELECT m.team_id, m.user_id, m.role, u.email, u.name
  FROM membership m JOIN app_user u ON u.id = m.user_id)`;

const USER_COLUMNS =
  't.team_id AS "teamId", t.user_id AS "userId", t.email AS "email", t.name AS "name", t.role AS "role"';

/** Users of a team, by their email addresses. */
export const TEAM_USERS = defineList<TeamUserRow>({
  table: USERS,
  columns: USER_COLUMNS,
  parent: ['team_id'],
  order: [{ column: 'email', type: 'text' }],
  direction: 'ASC',
  cursorFields: ['email'],
});

/** Without the hash, which the application role may not read. */
const STORED = `a.id, a.name, a.user_id, u.email AS user_email, a.created_at, a.created_by, a.expires_at, a.last_used_at,
    a.revoked_at`;

const TOKENS = `(SELECT m.team_id, ${STORED}, CASE WHEN a.role = 'VIEWER' THEN 'VIEWER' ELSE m.role END AS role,
    a.opens_team_id IS NULL AS opens_all_teams
  FROM membership m JOIN app_user u ON u.id = m.user_id
  JOIN access_token a ON a.user_id = m.user_id AND (a.opens_team_id = m.team_id OR a.opens_team_id IS NULL))`;

const TOKEN_COLUMNS = `t.id AS "id", t.name AS "name", t.user_id AS "userId", t.user_email AS "userEmail",
  t.role AS "role", t.opens_all_teams AS "opensAllTeams", t.created_at AS "createdAt", t.created_by AS "createdBy",
  t.expires_at AS "expiresAt", t.last_used_at AS "lastUsedAt", t.revoked_at AS "revokedAt"`;

/** Tokens with which users get into a team, newest first, without those that are revoked. */
export const TEAM_TOKENS = defineList<AccessTokenRow>({
  table: TOKENS,
  columns: TOKEN_COLUMNS,
  parent: ['team_id'],
  order: [{ column: 'id', type: 'bigint' }],
  direction: 'DESC',
  always: 't.revoked_at IS NULL',
  cursorFields: ['id'],
});

const OF_KEYS = `FROM unnest($1::text::bigint[], $2::text::bigint[]) AS key(team_id, id) JOIN`;

/** Users by team and user id; null for one that the team has not. */
export const readTeamUser = readOfRows<TeamUserRow, TeamUserRow | null>(
  `SELECT t.user_id AS "id", ${USER_COLUMNS}
  ${OF_KEYS} ${USERS} t ON t.team_id = key.team_id AND t.user_id = key.id`,
  ([row]) => row ?? null,
);

/** Tokens by team and id, revoked ones too; null for one that does not open the team. */
export const readTeamToken = readOfRows<AccessTokenRow, AccessTokenRow | null>(
  `SELECT t.team_id AS "teamId", ${TOKEN_COLUMNS}
  ${OF_KEYS} ${TOKENS} t ON t.team_id = key.team_id AND t.id = key.id`,
  ([row]) => row ?? null,
);

/** A user who runs the installation. */
export interface OperatorRow {
  readonly userId: bigint;
  readonly email: string;
  readonly name: string;
}

/** The first operators, by their email addresses; in the session of an operator. */
export function readOperators(session: ReadSession, limit: number): Promise<OperatorRow[]> {
  return session.query<OperatorRow>(
    `SELECT id AS "userId", email, name FROM app_user WHERE instance_role = 'OPERATOR'
    ORDER BY email LIMIT $1::integer`,
    [limit],
  );
}

const OPERATOR_TOKENS = `SELECT ${TOKEN_COLUMNS} FROM (
  SELECT ${STORED}, u.instance_role AS role, true AS opens_all_teams
  FROM access_token a JOIN app_user u ON u.id = a.user_id
  WHERE a.opens_team_id IS NULL AND a.revoked_at IS NULL AND u.instance_role = 'OPERATOR') t`;

/** The latest tokens of operators for all teams, without those that are revoked; in the session of an operator. */
export function readOperatorTokens(session: ReadSession, limit: number): Promise<AccessTokenRow[]> {
  return session.query<AccessTokenRow>(`${OPERATOR_TOKENS} ORDER BY t.id DESC LIMIT $1::integer`, [
    limit,
  ]);
}
