import { AI_TOOLS } from '../ai-tools/ai-tools.ts';
import { fingerprintOf } from '../core/fingerprint.ts';

/** What kind of account acted. UNKNOWN is an account that GitHub no longer names, or a placeholder. */
export type ActorKind = 'HUMAN' | 'BOT' | 'AI_AGENT' | 'UNKNOWN';

/**
 * Whether a review by an account of this kind is one: everybody's is but a bot's and an AI agent's, whatever has become of
 * the account since. Deleted accounts and placeholders of an import were people when they reviewed.
 */
export function isReviewer(kind: ActorKind): boolean {
  return kind !== 'BOT' && kind !== 'AI_AGENT';
}

/** GitHub's own placeholder for deleted accounts, `@ghost`. */
const GHOST_GITHUB_ID = 10_137n;

/**
 * An account as GitHub names it. `githubId` is GitHub's database id, unique over users, bots and organisations; an
 * account that GitHub names without one has the negative number that stands for its login (`idOfLogin`).
 */
export interface ActorFact {
  readonly githubId: bigint;
  readonly login: string;
  readonly name: string | null;
  readonly kind: ActorKind;
  /** The rule that decided the kind, in words an admin can read. */
  readonly kindRule: string;
}

/** Apps that write code by model, without the `[bot]` suffix that GraphQL leaves off. */
const AI_AGENT_LOGINS: ReadonlySet<string> = new Set(AI_TOOLS.flatMap((tool) => tool.agents));
/** Accounts of users that belong to a tool: nobody else has that login. */
const AI_AGENT_USERS: ReadonlySet<string> = new Set(AI_TOOLS.flatMap((tool) => tool.users));

const BOT_SUFFIX = '[bot]';

/** Every rule with the kind that it gives. */
const KIND_OF_RULE = {
  'login is a known AI agent': 'AI_AGENT',
  'user account of an AI agent': 'AI_AGENT',
  'GitHub says it is a bot': 'BOT',
  'login ends in [bot]': 'BOT',
  'placeholder of an imported account': 'UNKNOWN',
  'GitHub says it is an organisation': 'UNKNOWN',
  'GitHub names no account (deleted)': 'UNKNOWN',
  'GitHub says it is another kind of account': 'UNKNOWN',
  'GitHub says it is a user': 'HUMAN',
} as const satisfies Readonly<Record<string, ActorKind>>;

const KINDS: ReadonlyMap<string, ActorKind> = new Map(Object.entries(KIND_OF_RULE));

/** Before the rule that an admin has overruled. */
const SET_BY_ADMIN = 'set by an admin; before: ';

type DecidedKind = Pick<ActorFact, 'kind' | 'kindRule'>;

function byRule(kindRule: keyof typeof KIND_OF_RULE): DecidedKind {
  return { kind: KIND_OF_RULE[kindRule], kindRule };
}

/**
 * Decides what kind of account this is: known AI agents first, then the type that the API gives, then the `[bot]`
 * suffix of the login.
 * @param apiType GraphQL's `__typename` of the actor
 */
export function classifyActor(login: string, apiType: string): DecidedKind {
  const lower = login.toLowerCase();
  const isBotLogin = lower.endsWith(BOT_SUFFIX);
  const bare = isBotLogin ? lower.slice(0, -BOT_SUFFIX.length) : lower;
  if ((apiType === 'Bot' || isBotLogin) && AI_AGENT_LOGINS.has(bare)) {
    return byRule('login is a known AI agent');
  }
  if (apiType === 'User' && AI_AGENT_USERS.has(lower)) {
    return byRule('user account of an AI agent');
  }
  if (apiType === 'Bot') {
    return byRule('GitHub says it is a bot');
  }
  if (isBotLogin) {
    return byRule('login ends in [bot]');
  }
  if (apiType === 'Mannequin') {
    return byRule('placeholder of an imported account');
  }
  if (apiType === 'Organization') {
    return byRule('GitHub says it is an organisation');
  }
  // EnterpriseUserAccount, and whatever implements Actor next.
  return apiType === 'User'
    ? byRule('GitHub says it is a user')
    : byRule('GitHub says it is another kind of account');
}

/**
 * The number that stands for an account that GitHub names by its login alone, such as an EnterpriseUserAccount: -1 to
 * -2^62, where none of GitHub's ids is, and the same for every spelling of the login's case.
 */
export function idOfLogin(login: string): bigint {
  return -(BigInt.asUintN(62, fingerprintOf(login.toLowerCase())) + 1n);
}

/** GitHub's type of an account, as far as the rule that decided its kind says. */
const TYPE_OF_RULE: ReadonlyMap<string, string> = new Map([
  ['login is a known AI agent', 'Bot'],
  ['GitHub says it is a bot', 'Bot'],
  ['login ends in [bot]', 'User'],
  ['user account of an AI agent', 'User'],
  ['GitHub says it is a user', 'User'],
]);

/** Whether an account is an app, by the rule that decided its kind: an app may have the login of a user. */
export function isApp(kindRule: string): boolean {
  return TYPE_OF_RULE.get(overruled(kindRule)) === 'Bot';
}

/** The rule that an admin has overruled, or the rule itself. */
function overruled(kindRule: string): string {
  return kindRule.startsWith(SET_BY_ADMIN) ? kindRule.slice(SET_BY_ADMIN.length) : kindRule;
}

/** What today's rules say of an account that earlier ones decided; unchanged where they left its type unknown. */
export function reclassify({
  login,
  ...decided
}: DecidedKind & { readonly login: string }): DecidedKind {
  const { kind, kindRule } = decided;
  const apiType = TYPE_OF_RULE.get(kindRule);
  return apiType === undefined ? { kind, kindRule } : classifyActor(login, apiType);
}

/**
 * A member's kind after an admin has set it, or with `kind` null has given it back to the rules: what the overruled rule
 * says, or, where that one is no longer known, the kind that there is until the account is seen again.
 */
export function overruleKind(stored: DecidedKind, kind: ActorKind | null): DecidedKind {
  const rule = overruled(stored.kindRule);
  return kind === null
    ? { kind: KINDS.get(rule) ?? stored.kind, kindRule: rule }
    : { kind, kindRule: `${SET_BY_ADMIN}${rule}` };
}

/** The account that stands for a deleted one, so that its work is not lost. */
export const GHOST: ActorFact = {
  githubId: GHOST_GITHUB_ID,
  login: 'ghost',
  name: null,
  ...byRule('GitHub names no account (deleted)'),
};
