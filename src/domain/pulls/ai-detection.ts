import type { AiTool } from '../ai-tools/ai-tool.ts';
import { AI_TOOLS } from '../ai-tools/ai-tools.ts';
import { parseBodyTrailers, parseTrailers } from '../core/git-trailers.ts';
import type { ActorFact } from '../members/actor.ts';
import { signalsOfTrailers, TRAILER_KEYS } from './ai-identities.ts';
import { toolOfAccount, toSignal } from './ai-signals.ts';
import type { AiSignalFact } from './github-facts.ts';

/** How far around a phrase its meaning is looked for: never the whole text, so that the time stays linear. */
const AROUND = 100;

/** Whoever says with what a text or code was made. */
const MADE_WITH = String.raw`\b(?:(?:generated|created|written|authored|made|produced|drafted|coded|implemented|refactored|assisted|suggested|summari[sz]ed|reviewed|pair(?:ed| programmed)|helped) (?:with|by|using|via|from) |with (?=(?:the )?(?:help|assistance|aid)))(?:(?:the )?(?:help|assistance|aid) (?:of|from) )?`;
/** Markdown, a robot emoji and the like before a name. */
const MARKUP = '["\'`*_\\[(]{0,4}';

/** Speaks of a product that has to do with the tool, not of who wrote this. */
const BUILDING =
  /\b(?:integrat\w*|support(?:s|ed|ing)?|sdk|api|plugin|provider|client|config\w*|bump\w*|upgrad\w*|models?|endpoint|migrat\w*)\b/i;

/** What speaks of how something is used, not of what was done: "docs for using …", "when using …". */
const ABOUT_USE =
  /\b(?:docs?|documentation|document(?:s|ed|ing)?|guides?|tutorials?|readme|instructions?|how[- ]to|articles?|examples?|sections?|workflows?)\b|\b(?:for|on|about|of|when|while|if|from|to|people|users?|anyone) $/i;
const USING = /^(?:using|via|with)\b/i;
/** Whoever says so of themselves has used it, whatever for. */
const OUR_USE = /\b(?:i|we)(?: have|['’]ve| also| only| mostly)? (?:used|asked)\b/i;

/** "no Copilot was used", "not written by AI", "without any AI". A comma or the end of a sentence ends the negation. */
const DENIED_BEFORE =
  /\b(?:no|not|never|without|neither|nor|none of|\w{2,8}n['’]t)\b[^.!?;,:\n]{0,40}$/i;
/** "AI disclosure: none", "Copilot used: no". */
const DENIED_AFTER = /^[^.!?;,:=\n]{0,30}[:=?][ \t*_]*(?:no|none|n\/a|false|not used)\b/i;
/** "Written with AI?", unless the answer follows. */
const ASKED = /^[^.!;:?\n]{0,40}\?(?=[\s*_)]|$)(?![ \t*_]*(?:yes|y)\b)/i;
const UNCHECKED = /^[ \t]*[-*+] \[ \]/;
const FENCE = /^[ \t]{0,3}(```|~~~)/;
const TRAILER_LINE = new RegExp(`^[ \\t]*(?:${TRAILER_KEYS.join('|')})[ \\t]*:`, 'i');

/** Whoever follows a name with this is a person, unless it is a word of the product's or a version follows. */
const SURNAME =
  /^[ \t]{1,3}(?!(?:code|opus|sonnet|haiku|fable|instant|ai|desktop|max|pro|api|cli|agent)\b)(?=[^\n])(\p{Lu}[\p{L}'’-]{0,40})(?![ \t-]{1,3}\d)/u;
/** Says by itself that a name is not a person's. */
const NO_PERSON =
  /\d|opus|sonnet|haiku|fable|anthropic|https?:|\.(?:com|ai)\b|\b(?:with|using|via|generated)\b|:/i;

interface Signature {
  readonly tool: AiTool;
  readonly strong: RegExp | null;
  readonly weak: RegExp | null;
  readonly unless: RegExp | null;
}

const TEXT_SIGNATURES: readonly Signature[] = AI_TOOLS.map((tool) => ({
  tool,
  strong: anyOf([
    ...(tool.name === null ? [] : [`${MADE_WITH}${MARKUP}(?:${tool.name})`]),
    ...tool.phrases,
  ]),
  weak: anyOf(tool.weakPhrases.map((phrase) => `\\b(?:${phrase})`)),
  unless: tool.unless === null ? null : new RegExp(`\\b(?:${tool.unless})\\b`, 'i'),
}));

/** A pattern of the list as it is looked for. Its parts are of bounded length, so that a search is linear. */
function anyOf(patterns: readonly string[]): RegExp | null {
  const source = patterns.join('|').replaceAll(' ', String.raw`(?:[ \t]{1,3})`);
  return source === '' ? null : new RegExp(source, 'gim');
}

/** What one of the signatures needs. Most texts hold none of it, and a bulk of them is looked at. */
const ANY_HINT = new RegExp(
  [...new Set(TEXT_SIGNATURES.flatMap(({ tool }) => tool.hint ?? []))].map(escaped).join('|'),
  'i',
);

function escaped(text: string): string {
  return text.replaceAll(/[^\w ]/g, String.raw`\$&`);
}

const FILES = AI_TOOLS.flatMap((tool) =>
  tool.files.length === 0 ? [] : [{ tool, pattern: new RegExp(tool.files.join('|'), 'i') }],
);

/**
 * Signals of a text: a title, a body, a review. One a tool, in the order of the list, and one a tool of its trailers;
 * what denies the use of a tool is none, nor is what stands in a block of code, is asked, or speaks of how a tool is used.
 * Time grows with the length of the text and not faster.
 */
export function signalsOfText(location: string, text: string): readonly AiSignalFact[] {
  return [...ofProse(location, text), ...signalsOfTrailers(location, parseBodyTrailers(text), [])];
}

/**
 * Signals of a commit's message: its text and its trailers, with their addresses.
 * @param dates when it was authored and committed
 */
export function signalsOfCommit(
  sha: string,
  message: string,
  dates: readonly Date[] = [],
): readonly AiSignalFact[] {
  const location = `commit:${sha}`;
  const ofTrailers = signalsOfTrailers(location, parseTrailers(message), dates);
  return [...ofProse(location, message), ...ofTrailers];
}

function ofProse(location: string, text: string): readonly AiSignalFact[] {
  if (!ANY_HINT.test(text)) {
    return [];
  }
  const said = withoutCode(text);
  const lower = said.toLowerCase();
  const seen = withoutComments(said);
  return TEXT_SIGNATURES.flatMap(({ tool, strong, weak, unless }) => {
    if (tool.hint === null || !lower.includes(tool.hint)) {
      return [];
    }
    // Templates ask in comments that nobody sees; tools that review leave their marks there.
    const where = tool.category === 'REVIEW' ? said : seen;
    const found =
      firstMatch(where, tool, strong, () => true) ??
      firstMatch(
        where,
        tool,
        weak,
        (line) => OUR_USE.test(line) || (!BUILDING.test(line) && unless?.test(line) !== true),
      );
    if (found === null) {
      return [];
    }
    const isWeak = tool.personNames.length > 0 && !NO_PERSON.test(found);
    return [toSignal(tool, 'TEXT', location, found, isWeak ? 'WEAK' : 'STRONG')];
  });
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
      return !isInside && !UNCHECKED.test(line) && !TRAILER_LINE.test(line);
    })
    .join('\n');
}

/** A comment that does not end is text. */
function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    const end = start < 0 ? -1 : text.indexOf('-->', start + 4);
    if (end < 0) {
      return [...parts, text.slice(from)].join('');
    }
    parts.push(text.slice(from, start));
    from = end + 3;
  }
}

function firstMatch(
  text: string,
  tool: AiTool,
  pattern: RegExp | null,
  isMeant: (line: string) => boolean,
): string | null {
  if (pattern === null) {
    return null;
  }
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const before = text.slice(Math.max(0, match.index - AROUND), match.index);
    const after = text.slice(end, end + AROUND);
    const lineBefore = before.slice(before.lastIndexOf('\n') + 1);
    const line = `${lineBefore}${match[0]}${after.split('\n', 1)[0]}`;
    const isDenied = DENIED_BEFORE.test(before) || DENIED_AFTER.test(after) || ASKED.test(after);
    const isAbout = USING.test(match[0]) && ABOUT_USE.test(lineBefore);
    const isPerson = tool.personNames.length > 0 && SURNAME.test(after);
    if (!isDenied && !isAbout && !isPerson && !isQuoted(lineBefore) && isMeant(line)) {
      return match[0];
    }
  }
  return null;
}

/** Whether a quotation is open: the words of somebody else, such as a footer that is looked for. */
function isQuoted(lineBefore: string): boolean {
  const isOpen = (mark: string): boolean => lineBefore.split(mark).length % 2 === 0;
  return isOpen('"') || isOpen('`') || lineBefore.lastIndexOf('“') > lineBefore.lastIndexOf('”');
}

/** The signal that an account of an AI tool is. People may be called like a tool: only an app or an agent is one. */
export function signalsOfAccount(location: string, actor: ActorFact): readonly AiSignalFact[] {
  const tool = toolOfAccount(actor.login);
  const isApp = actor.kind === 'BOT' || actor.kind === 'AI_AGENT';
  return tool === undefined || !isApp ? [] : [toSignal(tool, 'ACCOUNT', location, actor.login)];
}

/** The signal that a tool's own configuration file is. */
export function signalsOfFile(path: string): readonly AiSignalFact[] {
  return FILES.filter(({ pattern }) => pattern.test(path)).map(({ tool }) =>
    toSignal(tool, 'FILE', `file:${path}`, path),
  );
}
