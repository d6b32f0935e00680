import type { AiTool } from '../ai-tools/ai-tool.ts';
import { AI_TOOLS } from '../ai-tools/ai-tools.ts';
import type { GitTrailer } from '../core/git-trailers.ts';
import { isToolUser, strongest, toolOfCommitter, toSignal } from './ai-signals.ts';
import type { AiSignalFact } from './github-facts.ts';

/** A name and an address as git has them; the address is empty where a trailer has none. */
export interface GitIdentity {
  readonly name: string;
  readonly address: string;
}

/** Who made a commit, and the login of the account where it is one of an AI agent. */
export interface CommitSignature extends GitIdentity {
  readonly agentLogin: string | null;
}

interface Known {
  readonly tool: AiTool;
  readonly strength: AiSignalFact['strength'];
}

/** What may follow a name: a version, a model in brackets. */
const TAIL = String.raw`(?:(?: |-)?v?\d[\w.]{0,20})?(?: ?\([^()]{0,80}\))?`;

const NAMES = AI_TOOLS.map((tool) => ({
  tool,
  names: wholly(tool.names),
  personNames: wholly(tool.personNames),
  models: tool.models.length === 0 ? null : new RegExp(`^(?:${tool.models.join('|')})`, 'i'),
  trailers: new Map(
    tool.trailers.map(([key, value]) => [key, new RegExp(`^(?:${value})$`, 'i')] as const),
  ),
}));

/** Whether a name is any tool's: most are people's, and are not looked at any further. */
const ANY_NAME = wholly(AI_TOOLS.flatMap((tool) => [...tool.names, ...tool.personNames]));
const TOOL_OF_ADDRESS: ReadonlyMap<string, AiTool> = new Map(
  AI_TOOLS.flatMap((tool) => tool.addresses.map((address) => [address, tool] as const)),
);
const TOOL_OF_DOMAIN: ReadonlyMap<string, AiTool> = new Map(
  AI_TOOLS.flatMap((tool) => tool.domains.map((domain) => [domain, tool] as const)),
);

function wholly(patterns: readonly string[]): RegExp | null {
  return patterns.length === 0 ? null : new RegExp(`^(?:${patterns.join('|')})${TAIL}$`, 'i');
}

const CO_AUTHOR_KEYS: ReadonlySet<string> = new Set(['co-authored-by', 'co-developed-by']);
/** Trailers that say what something was made with: people are named in the first one too. */
const HELPER_KEY = 'assisted-by';
const MADE_WITH_KEYS: ReadonlySet<string> = new Set([
  'generated-by',
  'generated-with',
  'made-with',
  'made-by',
  'built-with',
  'ai-assistant',
  'ai-assisted-by',
  'ai-agent',
  'ai-tool',
  'ai-model',
  'ai-generated-by',
  'ai-co-authored-by',
]);

/** Keys of trailers that are looked at by themselves and not as text. */
export const TRAILER_KEYS: readonly string[] = [
  ...CO_AUTHOR_KEYS,
  HELPER_KEY,
  ...MADE_WITH_KEYS,
  ...AI_TOOLS.flatMap((tool) => tool.trailers.map(([key]) => key)),
  'signed-off-by',
  'reviewed-by',
  'suggested-by',
];

const MAILBOX = /^([^<]{0,300})(?:<([^<>\s]{0,300})>)?/;
/** An address that nobody reads, or a machine's. */
const NOBODY = /^(?:no-?reply|bot|agent|ai)(?:[-+.].{0,60})?$/;
const AGENT_AND_MODEL = /^([A-Za-z][\w .+-]{0,60}?): ?(\S{1,100})/;

/**
 * VS Code 1.117 wrote this trailer by default, whether or not Copilot had helped, until the default was taken back
 * (microsoft/vscode pull requests 310226 and 313931).
 */
const UNASKED = {
  address: 'copilot@github.com',
  from: Date.parse('2026-04-15T00:00:00Z'),
  until: Date.parse('2026-05-04T00:00:00Z'),
} as const;

export function toIdentity(mailbox: string): GitIdentity {
  const [, name = '', address = ''] = MAILBOX.exec(mailbox) ?? [];
  return { name: name.trim(), address: address.toLowerCase() };
}

/**
 * Signals of trailers. People who are called like a tool are people: a name that is theirs too needs an address of the
 * tool's. The address of a tool's maker alone is weak evidence, since people work there.
 * @param dates when the commit was made; none for a text that is no commit's
 */
export function signalsOfTrailers(
  location: string,
  trailers: readonly GitTrailer[],
  dates: readonly Date[],
): readonly AiSignalFact[] {
  return strongest(
    trailers.flatMap(({ key, value }) => {
      const lower = key.toLowerCase();
      if (CO_AUTHOR_KEYS.has(lower)) {
        return ofCoAuthor(location, toIdentity(value), dates);
      }
      if (lower === HELPER_KEY || MADE_WITH_KEYS.has(lower)) {
        return ofMadeWith(location, key, value);
      }
      const own = NAMES.find(({ trailers: known }) => known.get(lower)?.test(value) === true);
      // What such a trailer holds leads to somebody's session.
      return own === undefined ? [] : [toSignal(own.tool, 'TRAILER', location, key)];
    }),
  );
}

/** Signals of a commit's author and committer, by account, name or address: one a tool. */
export function signalsOfSignatures(
  location: string,
  signatures: readonly CommitSignature[],
): readonly AiSignalFact[] {
  return strongest(
    signatures.flatMap((who) => {
      const byAccount = who.agentLogin === null ? undefined : toolOfCommitter(who.agentLogin);
      const known = byAccount === undefined ? knownIdentity(who) : strong(byAccount);
      return known === null
        ? []
        : [toSignal(known.tool, 'COMMIT_AUTHOR', location, evidenceOf(who, known), known.strength)];
    }),
  );
}

function ofCoAuthor(
  location: string,
  who: GitIdentity,
  dates: readonly Date[],
): readonly AiSignalFact[] {
  const known = knownIdentity(who) ?? byDomain(who);
  if (known === null) {
    return [];
  }
  const isUnasked =
    who.address === UNASKED.address &&
    dates.some((at) => at.getTime() >= UNASKED.from && at.getTime() < UNASKED.until);
  const strength = isUnasked ? 'WEAK' : known.strength;
  return [toSignal(known.tool, 'CO_AUTHOR', location, evidenceOf(who, known), strength)];
}

/** The address is a person's at times; its domain is enough. */
function evidenceOf({ name, address }: GitIdentity, { tool }: Known): string {
  const domain = domainOf(address);
  const isOurs = tool.domains.includes(domain) || tool.addresses.includes(address);
  const evidence = isOurs ? `${name} (${domain})` : name;
  return (
    [evidence.trim(), noReplyLogin(address) ?? domain, tool.label].find((one) => one !== '') ??
    tool.key
  );
}

/** Several tools may stand in one value. */
function ofMadeWith(location: string, key: string, value: string): readonly AiSignalFact[] {
  return value.split(/, | and | & | \+ /, 10).flatMap((part) => {
    const who = toIdentity(part);
    const known = toolOfValue(who, key.toLowerCase() === HELPER_KEY);
    return known === null
      ? []
      : [toSignal(known.tool, 'TRAILER', location, `${key}: ${who.name}`, known.strength)];
  });
}

/** `agent:model` as the Linux kernel has it, `model via agent`, or a name. */
function toolOfValue(who: GitIdentity, isHelper: boolean): Known | null {
  const [, agent, model] = AGENT_AND_MODEL.exec(who.name) ?? [];
  if (agent !== undefined && model !== undefined) {
    const byAgent = NAMES.find(
      ({ names, personNames }) => names?.test(agent) === true || personNames?.test(agent) === true,
    );
    const known = byAgent ?? NAMES.find(({ models }) => models?.test(model) === true);
    return known === undefined ? null : strong(known.tool);
  }
  const names = [who.name, ...who.name.split(/ (?:via|with|using|in) /, 4).toReversed()];
  for (const name of names) {
    const known = knownIdentity({ ...who, name: name.trim() });
    if (known !== null) {
      // Nothing is made with, or generated by, a person.
      return isHelper ? known : strong(known.tool);
    }
  }
  const byModel = NAMES.find(({ models }) => models?.test(who.name) === true);
  return byModel === undefined || isHelper ? null : strong(byModel.tool);
}

function strong(tool: AiTool): Known {
  return { tool, strength: 'STRONG' };
}

/** The tool that somebody is: by a name that no person has, by its address, by its account. */
function knownIdentity(who: GitIdentity): Known | null {
  const name = who.name.replace(/ ?\[bot\]$/i, '');
  const isBot = name !== who.name;
  const isNamed = ANY_NAME?.test(name) === true;
  const tool =
    (isBot ? toolOfCommitter(name) : undefined) ??
    (isNamed ? NAMES.find(({ names }) => names?.test(name) === true)?.tool : undefined) ??
    TOOL_OF_ADDRESS.get(who.address);
  if (tool !== undefined) {
    return strong(tool);
  }
  const likePerson = isNamed
    ? NAMES.find(({ personNames }) => personNames?.test(name) === true)?.tool
    : undefined;
  if (likePerson !== undefined && (isBot || isAddressOf(likePerson, who.address))) {
    return { tool: likePerson, strength: who.address === '' && !isBot ? 'WEAK' : 'STRONG' };
  }
  const login = noReplyLogin(who.address);
  const byLogin = login === null ? undefined : toolOfCommitter(login);
  return byLogin === undefined ? null : strong(byLogin);
}

function isAddressOf({ domains }: AiTool, address: string): boolean {
  const login = noReplyLogin(address);
  return (
    address === '' ||
    domains.includes(domainOf(address)) ||
    NOBODY.test(address.slice(0, address.lastIndexOf('@'))) ||
    (login !== null && isToolUser(login))
  );
}

function byDomain({ address }: GitIdentity): Known | null {
  const tool = TOOL_OF_DOMAIN.get(domainOf(address));
  return tool === undefined ? null : { tool, strength: 'WEAK' };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** The account of an address such as `1+copilot[bot]@users.noreply.github.com`; null for a person's. */
function noReplyLogin(address: string): string | null {
  const at = address.lastIndexOf('@');
  if (at < 0 || address.slice(at + 1) !== 'users.noreply.github.com') {
    return null;
  }
  const login = address.slice(address.indexOf('+') + 1, at);
  const isTool = login.endsWith('[bot]') || login === 'copilot' || isToolUser(login);
  return isTool ? login.replace(/\[bot\]$/, '') : null;
}
