/** What kind of account acted. UNKNOWN is an account that GitHub no longer names, or a placeholder. */
export type ActorKind = 'HUMAN' | 'BOT' | 'AI_AGENT' | 'UNKNOWN';

/** GitHub's own placeholder for deleted accounts, `@ghost`. */
const GHOST_GITHUB_ID = 10_137n;

/** An account as GitHub names it. `githubId` is GitHub's database id, unique over users, bots and organisations. */
export interface ActorFact {
  readonly githubId: bigint;
  readonly login: string;
  readonly name: string | null;
  readonly kind: ActorKind;
  /** The rule that decided the kind, in words an admin can read. */
  readonly kindRule: string;
}

/** Accounts that write code by model. Logins without the `[bot]` suffix that GraphQL leaves off. */
const AI_AGENT_LOGINS: ReadonlySet<string> = new Set([
  'copilot-swe-agent',
  'devin-ai-integration',
  'devin-ai',
  'devin',
  'claude',
  'openai-codex',
  'chatgpt-codex-connector',
  'cursor',
  'google-labs-jules',
  'sweep-ai',
]);

const BOT_SUFFIX = '[bot]';

/**
 * Decides what kind of account this is: known AI agents first, then the type that the API gives, then the `[bot]`
 * suffix of the login.
 * @param apiType GraphQL's `__typename` of the actor
 */
export function classifyActor(
  login: string,
  apiType: string,
): Pick<ActorFact, 'kind' | 'kindRule'> {
  const lower = login.toLowerCase();
  const isBotLogin = lower.endsWith(BOT_SUFFIX);
  const bare = isBotLogin ? lower.slice(0, -BOT_SUFFIX.length) : lower;
  if ((apiType === 'Bot' || isBotLogin) && AI_AGENT_LOGINS.has(bare)) {
    return { kind: 'AI_AGENT', kindRule: 'login is a known AI agent' };
  }
  if (apiType === 'Bot') {
    return { kind: 'BOT', kindRule: 'GitHub says it is a bot' };
  }
  if (isBotLogin) {
    return { kind: 'BOT', kindRule: 'login ends in [bot]' };
  }
  if (apiType === 'Mannequin') {
    return { kind: 'UNKNOWN', kindRule: 'placeholder of an imported account' };
  }
  if (apiType === 'Organization') {
    return { kind: 'UNKNOWN', kindRule: 'GitHub says it is an organisation' };
  }
  return { kind: 'HUMAN', kindRule: 'GitHub says it is a user' };
}

/** The account that stands for a deleted one, so that its work is not lost. */
export const GHOST: ActorFact = {
  githubId: GHOST_GITHUB_ID,
  login: 'ghost',
  name: null,
  kind: 'UNKNOWN',
  kindRule: 'GitHub names no account (deleted)',
};
