import { describe, expect, it } from 'vitest';
import { isDomainError } from '../../../../src/domain/core/errors.ts';
import {
  formatRepositoryName,
  parseRepositoryName,
} from '../../../../src/domain/sync/repository-name.ts';
import { measureCpuMs } from '../../../support/cpu-time.ts';

function refusalOf(text: string): string {
  try {
    parseRepositoryName(text);
  } catch (error) {
    if (isDomainError(error) && error.code === 'INVALID_INPUT') {
      return error.message;
    }
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was read as a repository`);
}

describe('the name of a repository', () => {
  it.each([
    ['octocat/hello-world', 'octocat', 'hello-world'],
    ['  octocat/hello-world\n', 'octocat', 'hello-world'],
    ['a/b', 'a', 'b'],
    ['0/.github', '0', '.github'],
    ['Octo-Cat/Hello.World_2', 'Octo-Cat', 'Hello.World_2'],
    ['mona-cat_octo/notes', 'mona-cat_octo', 'notes'],
    ['a/...', 'a', '...'],
    ['a/-', 'a', '-'],
    [`${'o'.repeat(39)}/${'n'.repeat(100)}`, 'o'.repeat(39), 'n'.repeat(100)],
  ])('%j is read', (text, owner, name) => {
    expect(parseRepositoryName(text)).toEqual({ owner, name });
    expect(formatRepositoryName({ owner, name })).toBe(text.trim());
  });

  it.each([
    '',
    ' ',
    '/',
    'octocat',
    'octocat/',
    '/hello',
    'octocat/hello/world',
    'octocat//hello',
    'octo cat/hello',
    'octocat/hello world',
    'octocat/.',
    'octocat/..',
    '../hello',
    './hello',
    '-octocat/hello',
    '_octocat/hello',
    'octo.cat/hello',
    `${'o'.repeat(40)}/hello`,
    `octocat/${'n'.repeat(101)}`,
    'https://github.com/octocat/hello',
    'git@github.com:octocat/hello.git',
    'octocat/hello?tab=readme',
    'octocat/hello#1',
    'octocat%2Fhello',
    'octocat\\hello',
    'octocat／hello',
    'öctocat/hello',
    'octocat/héllo',
    'octocat/\u{1F680}',
    'octocat/hello\nother/repo',
    'octocat/hello\u0000',
    'octo\u200Bcat/hello',
    `octocat/hello"; DROP TABLE repository; --`,
    'octocat/{hello}',
    'owner:octocat repo:hello',
  ])('%j is refused in one sentence that says what to write', (text) => {
    const message = refusalOf(text);
    expect(message).toMatch(
      /^".*" is not a repository: write it as owner\/name, for example .*\.$/u,
    );
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  it('is refused without repeating a text of any length, in no time', () => {
    const cpuMs = measureCpuMs(() => {
      expect(refusalOf('a/'.repeat(2_000_000)).length).toBeLessThan(250);
      expect(refusalOf(`${'a'.repeat(79)}\u{1F680}/b`)).not.toMatch(/\p{Cs}/u);
    });
    expect(cpuMs).toBeLessThan(1_000);
  });
});
