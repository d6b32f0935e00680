import { describe, expect, it } from 'vitest';
import {
  signalsOfBranch,
  signalsOfLabels,
} from '../../../../src/domain/pulls/ai-branches-and-labels.ts';
import { signalsOfCommit, signalsOfText } from '../../../../src/domain/pulls/ai-detection.ts';
import { signalsOfSignatures } from '../../../../src/domain/pulls/ai-identities.ts';
import type { AiSignalFact } from '../../../../src/domain/pulls/github-facts.ts';
import { anActor } from '../../../support/rows/facts.ts';

function strengthsOf(signals: readonly AiSignalFact[]): string[] {
  return signals.map(({ tool, strength }) => `${tool} ${strength}`);
}

describe("Copilot's trailer", () => {
  const OF_VSCODE = 'Co-authored-by: Copilot <copilot@github.com>';
  const OF_AGENT = 'Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>';
  const of = (trailer: string, ...dates: string[]): string[] =>
    strengthsOf(
      signalsOfCommit(
        'a',
        `x\n\n${trailer}`,
        dates.map((date) => new Date(date)),
      ),
    );

  it.each(['2026-04-15T00:00:00Z', '2026-04-28T12:00:00Z', '2026-05-03T23:59:59Z'])(
    'is weak evidence at %s, when VS Code wrote it unasked',
    (date) => {
      expect(of(OF_VSCODE, date)).toEqual(['copilot WEAK']);
      expect(of(OF_VSCODE, '2026-01-01T00:00:00Z', date)).toEqual(['copilot WEAK']);
      expect(of(OF_AGENT, date)).toEqual(['copilot STRONG']);
    },
  );

  it.each(['2026-04-14T23:59:59Z', '2026-05-04T00:00:00Z', '2025-04-20T00:00:00Z'])(
    'is strong evidence at %s',
    (date) => {
      expect(of(OF_VSCODE, date)).toEqual(['copilot STRONG']);
    },
  );

  it('is as strong as the strongest of a message', () => {
    expect(of(`${OF_VSCODE}\n${OF_AGENT}`, '2026-04-20T00:00:00Z')).toEqual(['copilot STRONG']);
  });
});

describe('evidence is weak', () => {
  it('where only the address is at the maker of a tool: people work there', () => {
    expect(
      strengthsOf(signalsOfCommit('a', 'x\n\nCo-authored-by: Ana Silva <ana@anthropic.com>')),
    ).toEqual(['claude WEAK']);
    const name = 'Ana Silva';
    const ana = { name, address: 'ana@anthropic.com', agentLogin: null };
    expect(signalsOfSignatures('commit:a', [ana])).toEqual([]);
  });

  it('where a name that people have stands alone', () => {
    expect(strengthsOf(signalsOfCommit('a', 'x\n\nAssisted-by: Claude'))).toEqual(['claude WEAK']);
    expect(strengthsOf(signalsOfCommit('a', 'x\n\nMade-with: Claude'))).toEqual(['claude STRONG']);
    expect(strengthsOf(signalsOfText('body', 'Reviewed by Claude'))).toEqual(['claude WEAK']);
    expect(strengthsOf(signalsOfText('body', 'Written with Claude'))).toEqual(['claude STRONG']);
  });

  it('where people name branches so, and none where the author is called so', () => {
    const of = (branch: string, login: string, name: string | null = null): string[] =>
      strengthsOf(signalsOfBranch(branch, anActor({ login, name })));
    expect(of('claude/fix', 'ann-k')).toEqual(['claude-code WEAK']);
    expect(of('claude/issue-12', 'ann-k')).toEqual(['claude-code STRONG']);
    expect(of('claude/fix', 'claude-dubois')).toEqual([]);
    expect(of('devin/1764000000-fix', 'dj', 'Devin Jones')).toEqual([]);
    const agent = anActor({ login: 'claude', kind: 'AI_AGENT' });
    expect(strengthsOf(signalsOfBranch('claude/fix', agent))).toEqual(['claude-code WEAK']);
  });

  it('where a label only names the tool', () => {
    expect(strengthsOf(signalsOfLabels(['codex', 'bug']))).toEqual(['codex WEAK']);
    expect(strengthsOf(signalsOfLabels(['codex', 'Agent: Codex']))).toEqual(['codex STRONG']);
  });
});

describe('who made a commit', () => {
  const HUMAN = { name: 'Ann', address: 'ann@x.example', agentLogin: null };

  it('is known by the account, else by name and address, once a tool', () => {
    const committer = { name: 'Whoever', address: '', agentLogin: 'cursoragent' };
    expect(signalsOfSignatures('commit:a', [HUMAN, committer, committer])).toEqual([
      {
        tool: 'cursor',
        kind: 'COMMIT_AUTHOR',
        location: 'commit:a',
        evidence: 'Whoever',
        strength: 'STRONG',
      },
    ]);
    const nameless = { name: '', address: '', agentLogin: 'claude' };
    expect(signalsOfSignatures('commit:a', [nameless])).toMatchObject([
      { tool: 'claude-code', evidence: 'Claude Code' },
    ]);
    expect(signalsOfSignatures('commit:a', [HUMAN, { ...HUMAN, name: '', address: '' }])).toEqual(
      [],
    );
  });

  it('and what a trailer leads to are not kept with their addresses', () => {
    const found = [
      ...signalsOfSignatures('commit:a', [
        { ...HUMAN, name: 'Claude', address: 'noreply@anthropic.com' },
      ]),
      ...signalsOfCommit(
        'a',
        'x\n\nAssisted-by: Claude Code <secret@corp.example>\nClaude-Session: https://claude.ai/code/session_secret',
      ),
    ];
    expect(found).toHaveLength(2);
    expect(JSON.stringify(found)).not.toMatch(/@|secret/);
  });
});
