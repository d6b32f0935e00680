import { mkdir, open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { sentenceOf } from '../../../../src/runtime/core/expected-error.ts';
import { SetupError } from '../../../../src/runtime/embedded/setup-error.ts';
import { ConfigError } from '../../../../src/runtime/settings/config.ts';

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

it.each([new DomainError('INVALID_INPUT', 'Give a name.'), new SetupError('Give a name.')])(
  'leaves what is a sentence as it is',
  (error) => {
    expect(sentenceOf(error)).toBe('Give a name.');
  },
);

it('takes all errors of settings as they are', () => {
  expect(sentenceOf(new ConfigError(['PORT is no number']))).toContain('PORT is no number');
});

it.each([
  [
    () => mkdir('/dev/null'),
    '/dev/null cannot be used: a file is where a directory should be (EEXIST).',
  ],
  [
    () => mkdir('/dev/null/x'),
    '/dev/null/x cannot be used: a file is where a directory should be (ENOTDIR).',
  ],
  [
    () => open('/none/x'),
    '/none/x cannot be used: it is not there, and cannot be made there (ENOENT).',
  ],
  [() => open('/tmp', 'w'), '/tmp cannot be used: a directory is where a file should be (EISDIR).'],
])('says which file stands in the way, and why: %s', async (work, sentence) => {
  expect(sentenceOf(await thrownBy(work()))).toBe(sentence);
});

it.each([
  [{ code: '42P01' }, /lacks tables .*run throughline migrate first/],
  [{ code: 'ECONNREFUSED' }, /^The database does not answer/],
  [{ code: '28P01' }, /^The database does not answer/],
])('says of a database what to do: %j', (fields, sentence) => {
  expect(sentenceOf(Object.assign(new Error('said by pg'), fields))).toMatch(sentence);
});

it.each([new Error('a defect'), new TypeError('x is not a function')])(
  'has no sentence for a defect: %s',
  (error) => {
    expect(sentenceOf(error)).toBeNull();
  },
);
