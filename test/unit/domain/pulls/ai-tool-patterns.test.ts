import { describe, expect, it } from 'vitest';
import { classifyActor, type ActorFact } from '../../../../src/domain/members/actor.ts';
import {
  signalsOfAccount,
  signalsOfCommit,
  signalsOfFile,
} from '../../../../src/domain/pulls/ai-detection.ts';
import { AI_TOOLS } from '../../../../src/domain/ai-tools/ai-tools.ts';
import { anActor } from '../../../support/rows/facts.ts';

describe('co-authors', () => {
  it.each([
    ['Claude <noreply@anthropic.com>', 'claude'],
    ['Claude Opus 4.5 <noreply@anthropic.com>', 'claude'],
    ['Somebody <x@anthropic.com>', 'claude'],
    ['Claude <claude@users.noreply.github.com>', 'claude'],
    ['Copilot <198982749+Copilot@users.noreply.github.com>', 'copilot'],
    ['copilot-swe-agent[bot] <1+copilot-swe-agent[bot]@users.noreply.github.com>', 'copilot'],
    ['Robot <copilot@github.com>', 'copilot'],
    ['Cursor <cursoragent@cursor.com>', 'cursor'],
    ['X <a@cursor.sh>', 'cursor'],
    ['Jo <jo@sourcegraph.com>', 'cody'],
    ['Windsurf <w@codeium.com>', 'windsurf'],
    ['aider (gpt-4o) <aider@aider.chat>', 'aider'],
    ['Devin AI <1+devin-ai-integration[bot]@users.noreply.github.com>', 'devin'],
    ['D <bot@devin.ai>', 'devin'],
    ['gemini-code-assist[bot] <1+gemini-code-assist[bot]@users.noreply.github.com>', 'gemini'],
    ['Codex <codex@openai.com>', 'codex'],
    ['Junie <junie@jetbrains.com>', 'jetbrains-ai'],
    ['Claude', 'claude'],
  ])('%j: %s', (trailer, tool) => {
    const signals = signalsOfCommit('abc', `Fix\n\nCo-Authored-By: ${trailer}\n`);
    expect(signals).toMatchObject([{ tool, kind: 'CO_AUTHOR', location: 'commit:abc' }]);
    expect(signals[0]?.evidence).not.toMatch(/@/);
  });

  it.each([
    'Claude Monet <claude@example.com>',
    'Devin Jones <devin@example.com>',
    'Devin <devin@example.com>',
    'Cody <cody@example.com>',
    'dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>',
    'autofix-ci[bot] <1+autofix-ci[bot]@users.noreply.github.com>',
    'Eve <eve@notanthropic.com>',
    'Eve <eve@anthropic.com.evil.test>',
    'devin <12+devin@users.noreply.github.com>',
    '',
  ])('are people, or bots that are no AI: %j', (trailer) => {
    expect(signalsOfCommit('abc', `Fix\n\nCo-authored-by: ${trailer}`)).toEqual([]);
  });

  it('are one signal a tool and source, and stand beside what the text says', () => {
    const trailer = 'Co-authored-by: Claude <noreply@anthropic.com>';
    const message = `Fix\n\nGenerated with Claude Code\n\n${trailer}\n${trailer}`;
    expect(signalsOfCommit('abc', message)).toEqual([
      {
        tool: 'claude-code',
        kind: 'TEXT',
        location: 'commit:abc',
        evidence: 'Generated with Claude Code',
        strength: 'STRONG',
      },
      {
        tool: 'claude',
        kind: 'CO_AUTHOR',
        location: 'commit:abc',
        evidence: 'Claude (anthropic.com)',
        strength: 'STRONG',
      },
    ]);
  });

  it('without a name are known by their account or domain', () => {
    const of = (address: string) => signalsOfCommit('a', `x\n\nCo-authored-by: <${address}>`);
    expect(of('noreply@anthropic.com')).toMatchObject([{ evidence: '(anthropic.com)' }]);
    expect(of('1+Copilot@users.noreply.github.com')).toMatchObject([{ evidence: 'copilot' }]);
  });
});

describe('accounts', () => {
  const account = (login: string, type = 'Bot'): ActorFact =>
    anActor({ login, ...classifyActor(login, type) });

  it.each([
    ['copilot-swe-agent', 'copilot'],
    ['Copilot', 'copilot'],
    ['copilot-pull-request-reviewer[bot]', 'copilot'],
    ['devin-ai-integration', 'devin'],
    ['coderabbitai[bot]', 'coderabbit'],
    ['coderabbitai', 'coderabbit'],
    ['greptile-apps', 'greptile'],
    ['graphite-app', 'graphite'],
    ['chatgpt-codex-connector', 'codex'],
    ['cubic-dev-ai', 'cubic'],
    ['replexica', 'lingohub'],
  ])('%s is %s', (login, tool) => {
    expect(signalsOfAccount('author', account(login))).toEqual([
      { tool, kind: 'ACCOUNT', location: 'author', evidence: login, strength: 'STRONG' },
    ]);
  });

  it.each([
    'dependabot',
    'dependabot-preview[bot]',
    'renovate[bot]',
    'renovate-bot',
    'snyk-bot',
    'sonarcloud[bot]',
    'codecov[bot]',
    'linear[bot]',
    'vercel[bot]',
    'github-actions[bot]',
    'autofix-ci[bot]',
  ])('%s is a bot and no AI', (login) => {
    expect(signalsOfAccount('author', account(login))).toEqual([]);
    expect(account(login).kind).toBe('BOT');
  });

  it.each(['devin', 'jules', 'cursor', 'copilot', 'graphite-app'])(
    'a person may be called %s',
    (login) => {
      expect(signalsOfAccount('author', account(login, 'User'))).toEqual([]);
    },
  );
});

describe('files', () => {
  it.each([
    ['CLAUDE.md', 'claude-code'],
    ['packages/api/CLAUDE.md', 'claude-code'],
    ['.claude/settings.json', 'claude-code'],
    ['.github/workflows/claude-review.yml', 'claude-code'],
    ['.github/copilot-instructions.md', 'copilot'],
    ['.cursorrules', 'cursor'],
    ['.cursor/rules/style.mdc', 'cursor'],
    ['.cursor/environment.json', 'cursor'],
    ['.cursor/mcp.json', 'cursor'],
    ['.aider.conf.yml', 'aider'],
    ['.aider/cache', 'aider'],
    ['.coderabbit.yaml', 'coderabbit'],
    ['.coderabbit.yml', 'coderabbit'],
    ['.greptile.yml', 'greptile'],
  ])('%s is of %s', (path, tool) => {
    expect(signalsOfFile(path)).toEqual([
      { tool, kind: 'FILE', location: `file:${path}`, evidence: path, strength: 'STRONG' },
    ]);
  });

  it.each([
    'src/cursor-pagination.ts',
    'src/ai/gemini/client.py',
    'langchain/llms/gemini.py',
    'app/proguard-rules.pro',
    'contract-rules.md',
    'docs/claude.txt',
    'notclaude.md.ts',
    'src/cursor.ts',
    '',
  ])('%s is of no tool', (path) => {
    expect(signalsOfFile(path)).toEqual([]);
  });
});

describe('the list of tools', () => {
  it('names each tool once, and what is looked for in texts has its hint', () => {
    expect(new Set(AI_TOOLS.map(({ key }) => key)).size).toBe(AI_TOOLS.length);
    for (const tool of AI_TOOLS) {
      const isSaid = tool.name !== null || tool.phrases.length + tool.weakPhrases.length > 0;
      expect({ tool: tool.key, hint: tool.hint !== null }).toEqual({
        tool: tool.key,
        hint: isSaid,
      });
      expect(tool.hint).toBe(tool.hint?.toLowerCase() ?? null);
    }
  });

  it('says of every mark where it is known from, and when that was looked at', () => {
    for (const { key, marks } of AI_TOOLS) {
      expect(marks.length, key).toBeGreaterThan(0);
      for (const { source, seen, ...rest } of marks) {
        expect(source, key).toMatch(/^(?:https:\/\/|the |messages )/);
        expect(new Date(`${seen}T00:00:00Z`).toISOString().slice(0, 10)).toBe(seen);
        expect(Object.values(rest).flat().length, `${key}: ${source}`).toBeGreaterThan(0);
      }
    }
  });

  it('has accounts, addresses and keys of trailers in lower case, which is how they are compared', () => {
    const compared = AI_TOOLS.flatMap((tool) => [
      ...tool.agents,
      ...tool.users,
      ...tool.bots,
      ...tool.committers,
      ...tool.addresses,
      ...tool.domains,
      ...tool.weakLabels,
      ...tool.trailers.map(([key]) => key),
    ]);
    expect(compared.filter((text) => text !== text.toLowerCase() || /[\s<>]/.test(text))).toEqual(
      [],
    );
  });

  it.each([
    ['CODE', ['claude-code', 'copilot', 'cursor', 'ellipsis', 'bito', 'qodo', 'augment']],
    ['REVIEW', ['coderabbit', 'cubic', 'greptile', 'sourcery', 'kodus', 'graphite', 'codeant']],
    ['EXCLUDED', ['mintlify', 'lingohub', 'ai']],
  ])('counts as %s: %j', (category, keys) => {
    const found = AI_TOOLS.filter((tool) => tool.category === category).map(({ key }) => key);
    expect(found).toEqual(expect.arrayContaining(keys));
  });

  it('gives an account to one tool', () => {
    const logins = AI_TOOLS.flatMap((tool) => [
      ...new Set([...tool.agents, ...tool.users, ...tool.bots, ...tool.committers]),
    ]);
    expect(new Set(logins).size).toBe(logins.length);
  });
});
