import type { AiTool } from '../ai-tools/ai-tool.ts';
import { AI_TOOLS } from '../ai-tools/ai-tools.ts';
import { cleanText } from '../core/clean-text.ts';
import type { AiSignalFact, AiSignalKind } from './github-facts.ts';

/** Version of the list of tools and of how it is looked for; stored with every signal. */
export const AI_DETECTOR_VERSION = '2';

/** Of `ai_signal.evidence`. */
const MAX_EVIDENCE_CHARACTERS = 300;

const BOT_SUFFIX = '[bot]';

/** Accounts by login without the suffix of bots: those that act on their own account, and those that make commits. */
const TOOL_OF_ACCOUNT = byLogin((tool) => [...tool.agents, ...tool.users, ...tool.bots]);
const TOOL_OF_COMMITTER = byLogin((tool) => [
  ...tool.agents,
  ...tool.users,
  ...tool.bots,
  ...tool.committers,
]);
/** Users whose accounts belong to a tool. */
const USERS: ReadonlySet<string> = new Set(AI_TOOLS.flatMap((tool) => tool.users));

function byLogin(loginsOf: (tool: AiTool) => readonly string[]): ReadonlyMap<string, AiTool> {
  return new Map(AI_TOOLS.flatMap((tool) => loginsOf(tool).map((login) => [login, tool] as const)));
}

/** A signal; its evidence is cleaned and cut to what its column holds. */
export function toSignal(
  tool: Pick<AiTool, 'key'>,
  kind: AiSignalKind,
  location: string,
  evidence: string,
  strength: AiSignalFact['strength'] = 'STRONG',
): AiSignalFact {
  // By characters, not by halves of them, as the database counts.
  const characters = Array.from(evidence.trim().slice(0, 2 * MAX_EVIDENCE_CHARACTERS));
  const text = cleanText(characters.slice(0, MAX_EVIDENCE_CHARACTERS).join('')).text;
  return { tool: tool.key, kind, location, evidence: text, strength };
}

/** One signal a tool and kind, the strongest. The order is that of the first of each. */
export function strongest(signals: readonly AiSignalFact[]): readonly AiSignalFact[] {
  const found = new Map<string, AiSignalFact>();
  for (const one of signals) {
    const key = `${one.tool} ${one.kind}`;
    const known = found.get(key);
    if (known === undefined || (known.strength === 'WEAK' && one.strength === 'STRONG')) {
      found.set(key, one);
    }
  }
  return [...found.values()];
}

function withoutBotSuffix(login: string): string {
  return login.endsWith(BOT_SUFFIX) ? login.slice(0, -BOT_SUFFIX.length) : login;
}

/** The tool whose account this is; undefined for anyone else's. */
export function toolOfAccount(login: string): AiTool | undefined {
  return TOOL_OF_ACCOUNT.get(withoutBotSuffix(login.toLowerCase()));
}

/** The tool that commits under this account; undefined for anyone else's. */
export function toolOfCommitter(login: string): AiTool | undefined {
  return TOOL_OF_COMMITTER.get(withoutBotSuffix(login.toLowerCase()));
}

/** Whether an account of a user belongs to a tool. */
export function isToolUser(login: string): boolean {
  return USERS.has(login.toLowerCase());
}
