import { classifyActor } from '../../../../src/domain/members/actor.ts';
import {
  signalsOfBranch,
  signalsOfLabels,
} from '../../../../src/domain/pulls/ai-branches-and-labels.ts';
import {
  signalsOfAccount,
  signalsOfCommit,
  signalsOfText,
} from '../../../../src/domain/pulls/ai-detection.ts';
import { signalsOfSignatures, toIdentity } from '../../../../src/domain/pulls/ai-identities.ts';
import type { AiSignalFact } from '../../../../src/domain/pulls/github-facts.ts';
import { anActor } from '../../../support/rows/facts.ts';

export type MarkKind =
  'trailer' | 'text' | 'app login' | 'user login' | 'head branch' | 'commit author' | 'label';

/** A mark as it stands on GitHub, and the tool that it shows; null where it shows none. */
export interface MarkCase {
  readonly kind: MarkKind;
  readonly text: string;
  readonly tool: string | null;
}

/** Looks where a mark of this kind stands. */
export function lookFor({ kind, text }: MarkCase): readonly AiSignalFact[] {
  const account = (type: string): readonly AiSignalFact[] =>
    signalsOfAccount('author', anActor({ login: text, ...classifyActor(text, type) }));
  const look: Readonly<Record<MarkKind, () => readonly AiSignalFact[]>> = {
    trailer: () => signalsOfCommit('c0ffee', `Change it\n\n${text}`),
    text: () => signalsOfText('body', text),
    'app login': () => account('Bot'),
    'user login': () => account('User'),
    'head branch': () => signalsOfBranch(text, anActor({ login: 'ann-k', name: 'Ann' })),
    'commit author': () =>
      signalsOfSignatures('commit:c0ffee', [{ ...toIdentity(text), agentLogin: null }]),
    label: () => signalsOfLabels([text]),
  };
  return look[kind]();
}

const of = (kind: MarkKind, tool: string | null, ...texts: readonly string[]): MarkCase[] =>
  texts.map((text) => ({ kind, text, tool }));

const coAuthor = (tool: string | null, ...mailboxes: readonly string[]): MarkCase[] =>
  of('trailer', tool, ...mailboxes.map((mailbox) => `Co-authored-by: ${mailbox}`));

/** Made-up people, and marks in the shapes that public repositories have. */
export const OWN_CASES: readonly MarkCase[] = [
  ...coAuthor(
    'claude',
    'Claude <noreply@anthropic.com>',
    'Claude Opus 4.1 <noreply@anthropic.com>',
  ),
  ...coAuthor('claude', 'somebody <noreply@anthropic.com>', 'Claude Haiku 4.5 <bot@corp.example>'),
  ...coAuthor(
    'claude-code',
    'Claude Code <noreply@anthropic.com>',
    'claude[bot] <209825114+claude[bot]@users.noreply.github.com>',
  ),
  ...coAuthor(
    'copilot',
    'GitHub Copilot <copilot@github.com>',
    'Copilot <175728472+Copilot@users.noreply.github.com>',
  ),
  ...coAuthor(
    'copilot',
    'github-advanced-security[bot] <62310815+github-advanced-security[bot]@users.noreply.github.com>',
  ),
  ...coAuthor(
    'codex',
    'Codex (gpt-5.6) <codex@openai.com>',
    'OpenAI Codex CLI <noreply@openai.com>',
  ),
  ...coAuthor('chatgpt', 'ChatGPT <noreply@openai.com>', 'GPT-5 <x@corp.example>'),
  ...coAuthor(
    'gemini',
    'Gemini CLI <gemini-cli@google.com>',
    'gemini-code-assist[bot] <176961590+gemini-code-assist[bot]@users.noreply.github.com>',
  ),
  ...coAuthor('jules', 'Jules <jules@google.com>'),
  ...coAuthor('devin', 'Devin <noreply@devin.ai>'),
  ...coAuthor('openhands', 'openhands <openhands@all-hands.dev>', 'OpenHands Agent <x@y.example>'),
  ...coAuthor('amp', 'Amp <amp@ampcode.com>'),
  ...coAuthor('opencode', 'opencode-agent[bot] <1+opencode-agent[bot]@users.noreply.github.com>'),
  ...coAuthor(
    'kiro',
    'Kiro <noreply@kiro.dev>',
    'kiro-agent[bot] <1+kiro-agent[bot]@users.noreply.github.com>',
  ),
  ...coAuthor('augment', 'Augment Agent <agent@augmentcode.com>', 'Augment Code <x@y.example>'),
  ...coAuthor(
    'roo-code',
    'Roo Code <roomote@roocode.com>',
    'roomote[bot] <219738659+roomote[bot]@users.noreply.github.com>',
  ),
  ...coAuthor('qwen', 'Qwen-Coder <qwen-coder@alibabacloud.com>'),
  ...coAuthor('lovable', 'lovable-dev[bot] <1+lovable-dev[bot]@users.noreply.github.com>'),
  ...coAuthor(
    'antigravity',
    'Antigravity <antigravity@google.com>',
    'Antigravity Agent <x@y.example>',
  ),
  ...coAuthor('replit', 'Replit Agent <agent@replit.com>'),
  ...coAuthor('warp', 'Warp <agent@warp.dev>'),
  ...coAuthor('aider', 'Ana Silva (aider) <ana@x.example>'),
  ...of(
    'trailer',
    'claude-code',
    'Assisted-by: Claude Code (claude-opus-5)',
    'Assisted-by: claude-code:opus-5#medium (implementer)',
    'assisted-by : Claude Code',
    'AI-assistant: Claude\n Code 2.1',
    'Claude-Session: https://claude.ai/code/session_01',
  ),
  ...of(
    'trailer',
    'claude',
    'Assisted-by: Claude Opus 5 <noreply@anthropic.com>',
    'Assisted-by: Somebody:claude-opus-5',
    'Generated-by: Claude',
  ),
  ...of(
    'trailer',
    'codex',
    'Assisted-by: Codex (gpt-5.6)',
    'Generated-by: OpenAI Codex',
    'Assisted-by: GPT-5.6 via Codex',
  ),
  ...of(
    'trailer',
    'chatgpt',
    'Assisted-by: ChatGPT (OpenAI GPT-5.5)',
    'Assisted-by: my-script:gpt-5.5',
  ),
  ...of('trailer', 'antigravity', 'Assisted-by: antigravity:gemini-3.6-flash'),
  ...of('trailer', 'gemini', 'Assisted-by: Gemini CLI', 'AI-Model: gemini-3-pro'),
  ...of('trailer', 'cursor', 'Made-with: Cursor', 'MADE-WITH : cursor'),
  ...of('trailer', 'amp', 'Amp-Thread-ID: https://ampcode.com/threads/T-1'),
  ...of('trailer', 'replit', 'Replit-Commit-Author: Agent'),
  ...of('trailer', 'lovable', 'X-Lovable-Edit-ID: edt-1'),
  ...of('trailer', 'qwen', 'Assisted-by: Qwen Code:qwen3-coder'),
  ...of('trailer', 'llm', 'Assisted-by: LLM'),

  ...coAuthor(
    null,
    'Claude <claude.dupont@example.fr>',
    'Claude Dubois <c@x.example>',
    'Jean-Claude <jc@x.example>',
    'Claude van Damme <c@x.example>',
    'Claude Martin 2nd <c@x.example>',
  ),
  ...coAuthor(
    null,
    'Devin Jones <devin@x.example>',
    'Jules Verne <jules@x.example>',
    'Cody Miller <c@x.example>',
    'Junie B. <j@x.example>',
    'Devin <1+devin@users.noreply.github.com>',
  ),
  ...coAuthor(
    null,
    'Gemini Rodriguez <g@x.example>',
    'Crush <crush@x.example>',
    'Amp <amp@x.example>',
    'Continue <c@x.example>',
    'Augment Reality <a@x.example>',
  ),
  ...coAuthor(
    null,
    'GitHub <noreply@github.com>',
    'dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>',
    'Cursor Rodríguez <c@x.example>',
  ),
  ...of(
    'trailer',
    null,
    'Assisted-by: Ana Silva',
    'Assisted-by: Claude Dubois <c@x.example>',
    'Assisted-by: none',
    'Made-with: love',
    'Generated-By: protoc',
    'Assisted-by: Ana: the tests',
    'Reviewed-by: Claude Dubois <c@x.example>',
    'Replit-Commit-Author: Deployment',
    'Claude-Session: two o clock',
  ),
  ...of(
    'trailer',
    null,
    'The line "Assisted-by: Claude Code" is a trailer.\nAnd this is prose.',
    '```\nCo-authored-by: Claude <noreply@anthropic.com>\n```',
    'Co-authored-by: Claude <noreply@anthropic.com>\n\nis what we write.',
  ),

  ...of(
    'text',
    'claude-code',
    'Generated with Claude Code',
    '- [x] Written with Claude Code',
    'I used Claude Code for the migration.',
    'Session: claude.ai/code/session_1',
  ),
  ...of('text', 'claude', 'Written by Claude Opus 4.5', 'Drafted with Claude'),
  ...of('text', 'copilot', 'Generated by Copilot', 'AI tools: I used GitHub Copilot'),
  ...of('text', 'openhands', 'Generated by OpenHands'),
  ...of(
    'text',
    'jules',
    '*PR created automatically by Jules for task [1](https://jules.google.com/task/1)*',
  ),
  ...of('text', 'opencode', 'Generated with [opencode](https://opencode.ai)'),
  ...of('text', 'kiro', 'Implemented with Kiro'),
  ...of('text', 'roo-code', 'Written with Roo Code'),
  ...of('text', 'augment', 'Pull Request opened by [Augment Code](https://www.augmentcode.com)'),
  ...of('text', 'crush', '💘 Generated with Crush'),
  ...of('text', 'lovable', 'Made with Lovable.'),
  ...of('text', 'antigravity', 'Created with Google Antigravity'),
  ...of('text', 'droid', 'Generated with Factory Droid'),
  ...of('text', 'replit', 'Built and generated by Replit Agent'),
  ...of('text', 'amp', 'See https://ampcode.com/threads/T-1'),
  ...of('text', 'qwen', 'Generated with Qwen Code'),
  ...of('text', 'ai', 'This was written by AI', 'Written with AI? Yes'),

  ...of(
    'text',
    null,
    'Written with Claude Dubois',
    'Reviewed by Jules Verne',
    'Created by Devin Jones',
    'Paired with Cody Miller',
    'Helped by Claude Monet and Jules',
  ),
  ...of(
    'text',
    null,
    'docs: using Copilot in the editor',
    'Guide for using Cursor',
    'Fails when using Claude Code on Windows',
    'Add instructions for people using opencode',
    'Explains how to work with Claude Code',
  ),
  ...of(
    'text',
    null,
    'Written with AI? No',
    'Was this generated with Copilot?',
    '<!-- Was this written with Copilot? Say so. -->\nFixes a crash.',
    '<!-- I used AI to write this: delete the line if not -->',
    'Removes the footer "Generated with Claude Code"',
    'Not written with Copilot',
    'Do not crash when the amp is off',
    'Augment the types',
    'Continue after an error',
    'A lovable bug',
  ),

  ...of('app login', 'copilot', 'copilot-pull-request-reviewer[bot]', 'Copilot'),
  ...of('app login', 'opencode', 'opencode-agent'),
  ...of('app login', 'openhands', 'openhands-ai[bot]'),
  ...of('app login', 'lovable', 'gpt-engineer-app', 'lovable-dev'),
  ...of('app login', 'roo-code', 'roomote'),
  ...of(
    'app login',
    null,
    'dependabot',
    'github-advanced-security',
    'renovate[bot]',
    'github-actions',
  ),
  ...of('user login', 'gemini', 'gemini-cli'),
  ...of('user login', null, 'devin', 'jules', 'claude-dubois', 'cursor', 'copilot-fan', 'ann-k'),

  ...of('head branch', 'claude-code', 'claude/fix-login-011CUkq2', 'claude/anything'),
  ...of('head branch', 'codex', 'a1b2c3-codex/fix-login'),
  ...of('head branch', 'copilot', 'alert-autofix-12'),
  ...of('head branch', 'openhands', 'openhands-fix-issue-12', 'openhands/tests'),
  ...of('head branch', 'opencode', 'opencode/issue12-20261101'),
  ...of('head branch', 'jules', 'jules-12113509405239491144-ab12'),
  ...of('head branch', 'replit', 'replit-agent'),
  ...of(
    'head branch',
    null,
    'main',
    'feature/claude/x',
    'cursor',
    'cursors/x',
    'fix-codex/x-y',
    'ann/devin/1764000000',
    'dependabot/npm_and_yarn/claude-1',
    'codexes/x',
  ),

  ...of('commit author', 'claude', 'Claude <noreply@anthropic.com>'),
  ...of('commit author', 'cursor', 'Cursor Agent <cursoragent@cursor.com>'),
  ...of(
    'commit author',
    'copilot',
    'copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>',
  ),
  ...of(
    'commit author',
    'jules',
    'google-labs-jules[bot] <161369871+google-labs-jules[bot]@users.noreply.github.com>',
  ),
  ...of('commit author', 'openhands', 'openhands <openhands@all-hands.dev>'),
  ...of('commit author', 'replit', 'Replit Agent <agent@replit.com>'),
  ...of(
    'commit author',
    null,
    'Ann K <ann@anthropic.com>',
    'Jo <jo@sourcegraph.com>',
    'Bo <bo@cursor.com>',
    'GitHub <noreply@github.com>',
    'Claude Monet <claude@x.example>',
    'Claude <claude@x.example>',
    'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>',
  ),

  ...of('label', 'claude-code', 'agent: Claude Code', 'claude-code-generated', 'claude'),
  ...of('label', 'codex', 'codex'),
  ...of('label', 'copilot', 'AI: Copilot', 'GitHub Copilot'),
  ...of('label', 'ai', 'ai-generated', 'AI assisted'),
  ...of('label', null, 'cursor', 'bug', 'area/ai', 'database cursor', 'needs claude review', 'ai'),
];
