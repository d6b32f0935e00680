import {
  idOfLogin,
  isApp,
  isReviewer,
  type ActorFact,
  type ActorKind,
} from '../../domain/members/actor.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import { holdMembers, shareMembers } from './members-lock.ts';

/** GitHub's ids of accounts that are named here by their login alone, by the number that stands for the login. */
export type KnownByLogin = ReadonlyMap<bigint, bigint>;

/** A member that is known by its login alone. */
export interface LoginMember {
  readonly id: bigint;
  readonly githubId: bigint;
  readonly kind: ActorKind;
  readonly kindRule: string;
  readonly kindSetBy: bigint | null;
  readonly mergedInto: bigint | null;
}

/** An account with an id of GitHub's: stored, about to be, or both. */
interface Account {
  readonly githubId: bigint;
  readonly login: string;
  readonly isApp: boolean;
  /** The member that it counts as; null where it is not stored yet. */
  readonly countedId: bigint | null;
  /** How it is seen now; undefined where only its stored row has the login. */
  readonly actor?: ActorFact;
}

interface Plan {
  readonly known: KnownByLogin;
  readonly takenOver: readonly { readonly member: LoginMember; readonly by: ActorFact }[];
  /** Whether a member that is known by its login alone comes anew. */
  readonly isAdded: boolean;
}

/**
 * Makes one member of an account that is known by its login alone and the one account with an id that has this login,
 * whichever was seen first: the number is that account's, or its member is given the id. Where both are stored already, or
 * where the phases of what the member reviewed would change, they stay two until `mergeLoginAccounts` merges them: a page
 * has no time for it. Where several accounts have had the login it may be any of them, and stays a member of its own; an
 * app and a user of one login are two. Two accounts with ids stay two. Takes the lock of the team's members, and must come
 * before the accounts are written: nobody can add an account by its login while another transaction adds it by its id.
 * @param isLocked whether the transaction has called `lockForLogins` for these accounts
 */
export async function settleLoginAccounts(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
  isLocked = false,
): Promise<KnownByLogin> {
  if (!isLocked) {
    await lockForLogins(tx, teamId, actors);
  }
  await shareMembers(tx, teamId);
  let plan = await makePlan(tx, teamId, actors);
  if (plan.isAdded) {
    await holdMembers(tx, teamId);
    plan = await makePlan(tx, teamId, actors);
  }
  for (const { member, by } of plan.takenOver) {
    await takeOver(tx, teamId, member, by);
  }
  return plan.known;
}

/**
 * Holds the lock of the team's members alone where an account is to be known by its login from now on: it may come twice
 * otherwise. Before the transaction takes any other lock: of two that share this one and want it alone, neither would
 * ever get it.
 */
export async function lockForLogins(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
): Promise<void> {
  const hasLogins = actors.some(({ githubId }) => githubId < 0n);
  if (hasLogins && (await makePlan(tx, teamId, actors)).isAdded) {
    await holdMembers(tx, teamId);
  }
}

async function makePlan(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
): Promise<Plan> {
  const seen = new Set(actors.map(({ login }) => login.toLowerCase()));
  const logins = new Map([...seen].map((login) => [idOfLogin(login), login]));
  const stored = await readLoginMembers(tx, teamId, [...logins.keys()]);
  const isStored = new Set(stored.map(({ githubId }) => githubId));
  const unknown = new Map(
    actors
      .filter(({ githubId }) => githubId < 0n && !isStored.has(githubId))
      .map((actor) => [actor.githubId, actor]),
  );
  const open = stored.filter(({ mergedInto }) => mergedInto === null);
  const plan = {
    known: new Map<bigint, bigint>(),
    takenOver: [] as { member: LoginMember; by: ActorFact }[],
  };
  if (open.length + unknown.size === 0) {
    return { ...plan, isAdded: false };
  }
  const wanted = [...open, ...unknown.values()].flatMap(
    ({ githubId }) => logins.get(githubId) ?? [],
  );
  const accounts = await readAccounts(tx, teamId, actors, new Set(wanted));
  const find = ({ githubId, kindRule }: Pick<ActorFact, 'githubId' | 'kindRule'>) =>
    findOnly(accounts, logins.get(githubId), isApp(kindRule));
  let isAdded = false;
  for (const { githubId, kindRule } of unknown.values()) {
    const account = find({ githubId, kindRule });
    isAdded ||= account === undefined;
    if (account !== undefined) {
      plan.known.set(githubId, account.githubId);
    }
  }
  for (const member of open) {
    const account = find(member);
    const by = account?.countedId === null ? account.actor : undefined;
    if (by !== undefined && keepsPhases(member, by)) {
      plan.known.set(member.githubId, by.githubId);
      plan.takenOver.push({ member, by });
    }
  }
  return { ...plan, isAdded };
}

async function readLoginMembers(
  tx: DbTransaction,
  teamId: bigint,
  ids: readonly bigint[],
): Promise<LoginMember[]> {
  return tx.$queryRaw<LoginMember[]>`
    SELECT id, github_id AS "githubId", kind, kind_rule AS "kindRule", kind_set_by_id AS "kindSetBy",
      merged_into_id AS "mergedInto"
    FROM member WHERE team_id = ${teamId} AND github_id = ANY (${toArrayLiteral(ids)}::text::bigint[]) ORDER BY id`;
}

/** The accounts with ids that have any of these logins, by what is stored and, before that, as they are seen now. */
export async function readAccounts(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
  logins: ReadonlySet<string>,
): Promise<Account[]> {
  const seen = new Map(
    actors.filter(({ githubId }) => githubId > 0n).map((actor) => [actor.githubId, actor]),
  );
  const named = [...seen.values()].filter(({ login }) => logins.has(login.toLowerCase()));
  const rows = await tx.$queryRaw<
    { githubId: bigint; login: string; kindRule: string; countedId: bigint }[]
  >`
    SELECT github_id AS "githubId", login, kind_rule AS "kindRule", coalesce(merged_into_id, id) AS "countedId"
    FROM member
    WHERE team_id = ${teamId} AND github_id > 0 AND (lower(login) = ANY (${toArrayLiteral([...logins])}::text::text[])
      OR github_id = ANY (${toArrayLiteral(named.map(({ githubId }) => githubId))}::text::bigint[]))`;
  const stored = new Map(rows.map((row) => [row.githubId, row]));
  const all = new Set([...stored.keys(), ...named.map(({ githubId }) => githubId)]);
  return [...all].flatMap((githubId) => {
    const row = stored.get(githubId);
    const actor = seen.get(githubId);
    const now = actor ?? row;
    return now === undefined
      ? []
      : {
          githubId,
          login: now.login.toLowerCase(),
          isApp: isApp(now.kindRule),
          countedId: row?.countedId ?? null,
          ...(actor !== undefined && { actor }),
        };
  });
}

/** The account of this login; undefined where there is none, or several that do not count as one member. */
export function findOnly(
  accounts: readonly Account[],
  login: string | undefined,
  app: boolean,
): Account | undefined {
  const [first, ...others] = accounts.filter((one) => one.login === login && one.isApp === app);
  const isOne = others.every(
    ({ countedId }) => countedId !== null && countedId === first?.countedId,
  );
  return isOne ? first : undefined;
}

/** Whether the phases of what a member reviewed stay when an account takes it over. */
function keepsPhases({ kind, kindSetBy }: LoginMember, by: ActorFact): boolean {
  return kindSetBy !== null || isReviewer(kind) === isReviewer(by.kind);
}

/** Gives a member the id that its account has, with the kind: the row, and all that refers to it, stays. */
async function takeOver(
  tx: DbTransaction,
  teamId: bigint,
  member: LoginMember,
  by: ActorFact,
): Promise<void> {
  // Another transaction may have done it just now; the row has the id then, and no longer this one.
  await tx.$executeRaw`
    UPDATE member SET github_id = ${by.githubId}, login = ${by.login},
      kind = CASE WHEN kind_set_by_id IS NULL THEN ${by.kind} ELSE kind END,
      kind_rule = CASE WHEN kind_set_by_id IS NULL THEN ${by.kindRule} ELSE kind_rule END
    WHERE team_id = ${teamId} AND id = ${member.id} AND github_id = ${member.githubId}`;
}
