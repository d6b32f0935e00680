import { describe, expect, it } from 'vitest';
import {
  classifyActor,
  GHOST,
  overruleKind,
  reclassify,
  type ActorKind,
} from '../../../../src/domain/members/actor.ts';

describe('what kind of account this is', () => {
  it.each<[login: string, apiType: string, kind: ActorKind]>([
    ['octocat', 'User', 'HUMAN'],
    ['abbott', 'User', 'HUMAN'],
    ['robot', 'User', 'HUMAN'],
    ['bot', 'User', 'HUMAN'],
    ['[bot]x', 'User', 'HUMAN'],
    // People may be called like a tool: only an app is one, or an account that the tool itself has.
    ['claude-dubois', 'User', 'HUMAN'],
    ['devin', 'User', 'HUMAN'],
    ['claude', 'User', 'AI_AGENT'],
    ['CursorAgent', 'User', 'AI_AGENT'],
    ['openhands-agent', 'User', 'AI_AGENT'],
    ['claude', 'Mannequin', 'UNKNOWN'],
    ['claude', 'Organization', 'UNKNOWN'],
    ['anthropic-code-agent', 'Bot', 'AI_AGENT'],
    ['openai-code-agent', 'Bot', 'AI_AGENT'],
    ['kiro-agent', 'Bot', 'AI_AGENT'],
    ['factory-droid', 'Bot', 'AI_AGENT'],
    ['dependabot', 'Bot', 'BOT'],
    ['dependabot[bot]', 'Bot', 'BOT'],
    ['renovate[bot]', 'User', 'BOT'],
    ['RENOVATE[BOT]', 'User', 'BOT'],
    ['github-actions', 'Bot', 'BOT'],
    ['coderabbitai', 'Bot', 'BOT'],
    ['copilot-swe-agent', 'Bot', 'AI_AGENT'],
    ['copilot-swe-agent[bot]', 'User', 'AI_AGENT'],
    ['Devin-AI-Integration[bot]', 'Bot', 'AI_AGENT'],
    ['devin-ai-integration', 'Bot', 'AI_AGENT'],
    ['claude', 'Bot', 'AI_AGENT'],
    ['cursor[bot]', 'Bot', 'AI_AGENT'],
    ['imported-user', 'Mannequin', 'UNKNOWN'],
    ['octo-org', 'Organization', 'UNKNOWN'],
    ['', 'User', 'HUMAN'],
    ['[bot]', 'Bot', 'BOT'],
  ])('%j of type %s is %s', (login, apiType, kind) => {
    expect(classifyActor(login, apiType).kind).toBe(kind);
  });

  it('comes with the rule that decided', () => {
    expect(classifyActor('dependabot', 'Bot').kindRule).toBe('GitHub says it is a bot');
    expect(classifyActor('dependabot[bot]', 'User').kindRule).toBe('login ends in [bot]');
    expect(classifyActor('cursor', 'Bot').kindRule).toBe('login is a known AI agent');
    expect(classifyActor('octocat', 'User').kindRule).toBe('GitHub says it is a user');
    const rules = ['User', 'Bot', 'Mannequin', 'Organization'].map(
      (type) => classifyActor('x', type).kindRule,
    );
    expect(new Set(rules).size).toBe(4);
  });

  it('a deleted account is one account of unknown kind, under the number that GitHub gives it', () => {
    expect(GHOST).toMatchObject({ login: 'ghost', githubId: 10_137n, kind: 'UNKNOWN' });
  });
});

describe('the kind of a stored account by the rules of today', () => {
  it.each([
    ['claude', 'HUMAN', 'GitHub says it is a user', 'AI_AGENT', 'user account of an AI agent'],
    ['kiro-agent', 'BOT', 'GitHub says it is a bot', 'AI_AGENT', 'login is a known AI agent'],
    ['kiro-agent[bot]', 'BOT', 'login ends in [bot]', 'AI_AGENT', 'login is a known AI agent'],
    ['gone-agent', 'AI_AGENT', 'login is a known AI agent', 'BOT', 'GitHub says it is a bot'],
    ['ann-k', 'AI_AGENT', 'user account of an AI agent', 'HUMAN', 'GitHub says it is a user'],
    ['claude', 'BOT', 'seen in a Copilot report', 'BOT', 'seen in a Copilot report'],
  ] as const)('%s, %s because %s, is %s because %s', (login, kind, kindRule, now, rule) => {
    expect(reclassify({ login, kind, kindRule })).toEqual({ kind: now, kindRule: rule });
  });
});

describe('the kind that an admin sets', () => {
  it.each([
    ['octocat', 'User'],
    ['dependabot', 'Bot'],
    ['renovate[bot]', 'User'],
    ['devin-ai-integration', 'Bot'],
    ['old', 'Mannequin'],
    ['acme', 'Organization'],
  ])(
    'of %s (%s) is given back as the rule had it, after however many changes',
    (login, apiType) => {
      const decided = classifyActor(login, apiType);
      const once = overruleKind(decided, 'BOT');
      expect(once).toEqual({
        kind: 'BOT',
        kindRule: `set by an admin; before: ${decided.kindRule}`,
      });
      const twice = overruleKind(overruleKind(once, 'HUMAN'), 'UNKNOWN');
      expect(twice.kindRule).toBe(once.kindRule);
      expect(overruleKind(twice, null)).toEqual(decided);
      expect(overruleKind(decided, null)).toEqual(decided);
    },
  );

  it('of a deleted account, too', () => {
    const { kind, kindRule } = GHOST;
    expect(overruleKind(overruleKind(GHOST, 'HUMAN'), null)).toEqual({ kind, kindRule });
  });

  it('stays until the account is seen again when its rule is not known any more', () => {
    const stored = { kind: 'BOT', kindRule: 'seen in a Copilot report' } as const;
    expect(overruleKind(overruleKind(stored, 'AI_AGENT'), null)).toEqual({
      kind: 'AI_AGENT',
      kindRule: 'seen in a Copilot report',
    });
  });
});
