import { describe, expect, it } from 'vitest';
import { parseBodyTrailers, parseTrailers } from '../../../../src/domain/core/git-trailers.ts';
import { measureCpuMs } from '../../../support/cpu-time.ts';

function linesOf(message: string): string[] {
  return parseTrailers(message).map(({ key, value }) => `${key}: ${value}`);
}

describe('trailers', () => {
  it.each<[what: string, message: string, trailers: string[]]>([
    ['of any case, with a blank before the colon', 'a\n\nKEY : b\nkey:c', ['KEY: b', 'key: c']],
    [
      'folded over lines',
      'a\n\nAssisted-by: Claude\n Code\n  2.1',
      ['Assisted-by: Claude Code 2.1'],
    ],
    ['with Windows line ends', 'a\r\n\r\nKey: b\r\nOther: c', ['Key: b', 'Other: c']],
    ['once, as squashes repeat them', 'a\n\nKey: b\nkey: b\nKey: c', ['Key: b', 'Key: c']],
    ['after the dashes of a squash', 'a\n\n* b\n\n---------\n\nKey: c', ['Key: c']],
    [
      'among prose, where git wrote one',
      'a\n\nnot one\nKey: b\nSigned-off-by: c',
      ['Key: b', 'Signed-off-by: c'],
    ],
    ['above comments', 'a\n\nKey: b\n\n# a comment\n', ['Key: b']],
  ])('are found: %s', (_, message, trailers) => {
    expect(linesOf(message)).toEqual(trailers);
  });

  it.each([
    ['a title', 'Key: b'],
    ['a title of several lines', 'a\nKey: b'],
    ['a paragraph that is not the last', 'a\n\nKey: b\n\nand more'],
    ['prose', 'a\n\nsee\nKey: b'],
    ['a patch', 'a\n\nsee\n---\n\nKey: b'],
    ['a patch that is empty', 'a\n\nsee\n---\n'],
    ['indented code', 'a\n\n    Key: b'],
    ['a block of code', 'a\n\n```\nKey: b\n```'],
    [
      'what is below the scissors',
      'a\n\nb\n# ------------------------ >8 ------------------------\n\nKey: c',
    ],
    ['a key with blanks, or of other letters', 'a\n\nno key: b'],
    ['nothing', ''],
  ])('are none in %s', (_, message) => {
    expect(parseTrailers(message)).toEqual([]);
  });

  it('of a body are found in its first paragraph: its title stands elsewhere', () => {
    expect(parseBodyTrailers('Key: b\r\nOther: c')).toHaveLength(2);
    expect(parseBodyTrailers('Text\n\nKey: b')).toEqual([{ key: 'Key', value: 'b' }]);
  });

  it.each(['a', ' ', '\n', 'Key: b\n', ' folded\n', '#\n', 'a\n\n', 'Conflicts:\n\tx\n', 'a-'])(
    'of a megabyte of %j take time that grows with its length alone',
    (unit) => {
      const measure = (length: number): number => {
        const message = `a\n\nKey: ${unit.repeat(length / unit.length)}`;
        return measureCpuMs(() => parseTrailers(message));
      };
      measure(62_500);
      expect(measure(1_000_000)).toBeLessThan(16 * 6 * measure(62_500) + 400);
    },
  );
});
