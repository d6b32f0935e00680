import type { ActorFact } from '../members/actor.ts';
import { AI_TOOLS, type AiTool } from '../members/ai-tools.ts';
import { cleanText } from '../core/clean-text.ts';
import type { AiSignalFact, AiSignalKind } from './github-facts.ts';

/** Version of the list of tools and of how it is looked for; stored with every signal. */
export const AI_DETECTOR_VERSION = '1';

/** Of `ai_signal.evidence`. */
const MAX_EVIDENCE_CHARACTERS = 300;

/** How far around a phrase its meaning is looked for: never the whole text, so that the time stays linear. */
const AROUND = 100;

const BOT_SUFFIX = '[bot]';

/** Whoever says with what a text or code was made. */
const MADE_WITH = String.raw`\b(?:(?:generated|created|written|authored|made|produced|drafted|coded|implemented|refactored|assisted|suggested|summari[sz]ed|reviewed|pair(?:ed| programmed)|helped) (?:with|by|using|via|from) |with (?=(?:the )?(?:help|assistance|aid)))(?:(?:the )?(?:help|assistance|aid) (?:of|from) )?`;
/** Markdown, a robot emoji and the like before a name. */
const MARKUP = '["\'`*_\\[(]{0,4}';

/** Speaks of a product that has to do with the tool, not of who wrote this. */
const BUILDING =
  /\b(?:integrat\w*|support(?:s|ed|ing)?|sdk|api|plugin|provider|client|config\w*|bump\w*|upgrad\w*|models?|endpoint|migrat\w*)\b/i;

/** "no Copilot was used", "not written by AI", "without any AI". A comma or the end of a sentence ends the negation. */
const DENIED_BEFORE =
  /\b(?:no|not|never|without|neither|nor|none of|\w{2,8}n['’]t)\b[^.!?;,:\n]{0,40}$/i;
/** "AI disclosure: none", "Copilot used: no". */
const DENIED_AFTER = /^[^.!?;,:=\n]{0,30}[:=][ \t*_]*(?:no|none|n\/a|false|not used)\b/i;
const UNCHECKED = /^[ \t]*[-*+] \[ \]/;
const FENCE = /^[ \t]{0,3}(```|~~~)/;

/** The name, and the address, as they stand in a trailer. */
const TRAILER =
  /^[ \t]*co-authored-by:[ \t]*([^<\r\n]{0,300})(?:<([^<>@\s]{0,200})@([^<>@\s]{1,200})>)?/gim;

interface Signature {
  readonly tool: AiTool;
  readonly strong: RegExp | null;
  readonly weak: RegExp | null;
  readonly unless: RegExp | null;
}

const TEXT_SIGNATURES: readonly Signature[] = AI_TOOLS.map((tool) => ({
  tool,
  strong: anyOf([
    ...(tool.name === undefined ? [] : [`${MADE_WITH}${MARKUP}${tool.name}`]),
    ...(tool.phrases ?? []),
  ]),
  weak: anyOf((tool.weakPhrases ?? []).map((phrase) => `\\b(?:${phrase})`)),
  unless: tool.unless === undefined ? null : new RegExp(`\\b(?:${tool.unless})\\b`, 'i'),
}));

/** A pattern of the list as it is looked for. Its parts are of bounded length, so that a search is linear. */
function anyOf(patterns: readonly string[]): RegExp | null {
  const source = patterns.join('|').replaceAll(' ', String.raw`(?:[ \t]{1,3})`);
  return source === '' ? null : new RegExp(source, 'gim');
}

const wholly = (patterns: readonly string[] | undefined): RegExp | null =>
  patterns === undefined ? null : new RegExp(`^(?:${patterns.join('|')})$`, 'i');

const CO_AUTHORS = AI_TOOLS.map((tool) => ({
  tool,
  names: wholly(tool.coAuthors),
  domains: new Set(tool.domains),
}));

const FILES = AI_TOOLS.flatMap((tool) =>
  tool.files === undefined ? [] : [{ tool, pattern: new RegExp(tool.files.join('|'), 'i') }],
);

const TOOL_OF_LOGIN: ReadonlyMap<string, AiTool> = new Map(
  AI_TOOLS.flatMap((tool) =>
    [...(tool.agents ?? []), ...(tool.bots ?? [])].map((login) => [login, tool] as const),
  ),
);

function signal(
  tool: AiTool,
  kind: AiSignalKind,
  location: string,
  evidence: string,
): AiSignalFact {
  // By characters, not by halves of them, as the database counts.
  const characters = Array.from(evidence.trim().slice(0, 2 * MAX_EVIDENCE_CHARACTERS));
  const text = cleanText(characters.slice(0, MAX_EVIDENCE_CHARACTERS).join('')).text;
  return { tool: tool.key, kind, location, evidence: text };
}

/**
 * Signals of a text: a title, a body, a review. One a tool, in the order of the list; what denies the use of a tool is
 * none, nor is what stands in a block of code. Time grows with the length of the text and not faster.
 */
export function signalsOfText(location: string, text: string): readonly AiSignalFact[] {
  const said = withoutCode(text);
  const lower = said.toLowerCase();
  const byText = TEXT_SIGNATURES.flatMap(({ tool, strong, weak, unless }) => {
    if (tool.hint === undefined || !lower.includes(tool.hint)) {
      return [];
    }
    const found =
      firstMatch(said, strong, () => true) ??
      firstMatch(said, weak, (around) => !BUILDING.test(around) && unless?.test(around) !== true);
    return found === null ? [] : [signal(tool, 'TEXT', location, found)];
  });
  return [...byText, ...signalsOfTrailers(location, text)];
}

/** Lines that are not said: blocks of code, boxes that nobody ticked, trailers (which are looked at by themselves). */
function withoutCode(text: string): string {
  let fence: string | null = null;
  return text
    .split('\n')
    .filter((line) => {
      const fenceMarker = FENCE.exec(line)?.[1] ?? null;
      const isInside = fence !== null;
      if (fenceMarker !== null && (fence === null || fence === fenceMarker)) {
        fence = fence === null ? fenceMarker : null;
        return false;
      }
      return !isInside && !UNCHECKED.test(line) && !/^[ \t]*co-authored-by:/i.test(line);
    })
    .join('\n');
}

function firstMatch(
  text: string,
  pattern: RegExp | null,
  isMeant: (around: string) => boolean,
): string | null {
  if (pattern === null) {
    return null;
  }
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const before = text.slice(Math.max(0, match.index - AROUND), match.index);
    const after = text.slice(end, end + AROUND);
    const line = `${before.slice(before.lastIndexOf('\n') + 1)}${match[0]}${after.split('\n', 1)[0]}`;
    if (!DENIED_BEFORE.test(before) && !DENIED_AFTER.test(after) && isMeant(line)) {
      return match[0];
    }
  }
  return null;
}

function signalsOfTrailers(location: string, text: string): AiSignalFact[] {
  const found = new Map<string, AiSignalFact>();
  for (const [, given = '', local = '', host = ''] of text.matchAll(TRAILER)) {
    const name = given.trim();
    const domain = host.toLowerCase();
    const login = noReplyLogin(local, domain);
    const byLogin = login === null ? undefined : TOOL_OF_LOGIN.get(login);
    const known = CO_AUTHORS.find(
      ({ names, domains, tool }) =>
        names?.test(name) === true || domains.has(domain) || tool === byLogin,
    );
    if (known !== undefined && !found.has(known.tool.key)) {
      // The address is a person's at times; its domain is enough.
      const evidence = known.domains.has(domain) ? `${name} (${domain})` : name;
      const isNamed = evidence.trim() !== '';
      found.set(
        known.tool.key,
        signal(known.tool, 'CO_AUTHOR', location, isNamed ? evidence : (login ?? domain)),
      );
    }
  }
  return [...found.values()];
}

/** The account of an address such as `1+copilot[bot]@users.noreply.github.com`; null for a person's. */
function noReplyLogin(local: string, domain: string): string | null {
  const login = local.slice(local.indexOf('+') + 1).toLowerCase();
  if (domain === 'github.com' && login === 'copilot') {
    return login;
  }
  const isBot = login.endsWith(BOT_SUFFIX) || login === 'copilot';
  return domain === 'users.noreply.github.com' && isBot ? withoutSuffix(login) : null;
}

function withoutSuffix(login: string): string {
  return login.endsWith(BOT_SUFFIX) ? login.slice(0, -BOT_SUFFIX.length) : login;
}

/** The signal that an account of an AI tool is. People may be called like a tool: only an app is one. */
export function signalsOfAccount(location: string, actor: ActorFact): readonly AiSignalFact[] {
  const tool = TOOL_OF_LOGIN.get(withoutSuffix(actor.login.toLowerCase()));
  const isApp = actor.kind === 'BOT' || actor.kind === 'AI_AGENT';
  return tool === undefined || !isApp ? [] : [signal(tool, 'ACCOUNT', location, actor.login)];
}

/** Signals of a commit's message: its text and its co-author trailers, with their addresses. */
export function signalsOfCommit(sha: string, message: string): readonly AiSignalFact[] {
  return signalsOfText(`commit:${sha}`, message);
}

/** The signal that a tool's own configuration file is. */
export function signalsOfFile(path: string): readonly AiSignalFact[] {
  return FILES.filter(({ pattern }) => pattern.test(path)).map(({ tool }) =>
    signal(tool, 'FILE', `file:${path}`, path),
  );
}
