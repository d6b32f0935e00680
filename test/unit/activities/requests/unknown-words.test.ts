import { expect, it } from 'vitest';
import { createUnknownWordLog } from '../../../../src/activities/requests/unknown-words.ts';

it('a word that is not known is logged once, however many rows have it, and no more than a thousand are', () => {
  const warned: string[] = [];
  const log = createUnknownWordLog((_message, { field, word }) => warned.push(`${field} ${word}`));
  log([{ field: 'check.conclusion', word: 'TIRED' }]);
  log([
    { field: 'check.conclusion', word: 'TIRED' },
    { field: 'check.status', word: 'TIRED' },
    { field: 'path', word: null },
  ]);
  expect(warned).toEqual(['check.conclusion TIRED', 'check.status TIRED']);
  log(Array.from({ length: 5_000 }, (_, index) => ({ field: 'f', word: `${index}` })));
  expect(warned).toHaveLength(1_000);
});
