import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrailers } from '../../../../src/domain/core/git-trailers.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;

/** What git says, in the environment of nobody: a configured trailer would count as one of git's. */
function askGit(message: string): string[] {
  const said = execFileSync('git', ['-c', 'core.commentChar=#', 'interpret-trailers', '--parse'], {
    input: message,
    encoding: 'utf8',
    timeout: 10_000,
    env: { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });
  return said === '' ? [] : said.replace(/\n$/, '').split('\n');
}

const LINES = [
  'Fix login',
  'Some prose about it.',
  'Co-authored-by: Claude <noreply@anthropic.com>',
  'CO-AUTHORED-BY : Ana <a@x>',
  'Assisted-by: Claude Code 2.1',
  'Signed-off-by: Bo <b@x>',
  'Signed-off-by:Bo <b@x>',
  '(cherry picked from commit c0ffee)',
  'Key:',
  'key with blanks: no',
  'Key\t : tab',
  ': nothing before',
  ' folded on',
  '\tfolded on',
  '',
  ' ',
  '\r',
  'Windows: yes\r',
  '# a comment',
  '---',
  '--- a/file',
  '----------',
  'Conflicts:',
  '\tsrc/a.ts',
  '```',
  'https://example.com',
  'Ünïcode-key: no',
  '\u00a0no blank of git',
];

describe.runIf(hasGit)('trailers', () => {
  it('are those that git reads, each once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...LINES), { minLength: 0, maxLength: 14 }),
        fc.constantFrom('', '\n'),
        (lines, end) => {
          const message = lines.join('\n') + end;
          const ours = parseTrailers(message).map(({ key, value }) => `${key}: ${value}`);
          const ofGit = askGit(message);
          const once = ofGit.filter(
            (line, index) => ofGit.findIndex((other) => sameTrailer(other, line)) === index,
          );
          expect(ours).toEqual(once);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Keys are of any case, values are not. */
function sameTrailer(one: string, other: string): boolean {
  const parts = (line: string): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon)];
  };
  return parts(one).join('') === parts(other).join('');
}
