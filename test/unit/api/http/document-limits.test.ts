import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../../../src/api/http/document-limits.ts';

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** What refuses the document; null when nothing does. */
function refusalOf(text: string): unknown {
  try {
    checkDocument(parse(text));
    return null;
  } catch (error) {
    return (error as { readonly details?: unknown }).details ?? error;
  }
}

describe('the limits of a document', () => {
  it.each<[measure: string, limit: number, text: (count: number) => string]>([
    ['NAME_LENGTH', 200, (n) => `{ ${'x'.repeat(n)} }`],
    ['NAME_LENGTH', 200, (n) => `{ a(b: ${'x'.repeat(n)}) }`],
    ['DEFINITIONS', 100, (n) => times(n, (index) => `query Q${index} { a }`)],
    ['DEPTH', 20, (n) => `${'{ a '.repeat(n)}${'}'.repeat(n)}`],
    ['DEPTH', 20, (n) => `{ ...F } fragment F on Query ${'{ a '.repeat(n)}${'}'.repeat(n)}`],
    ['FRAGMENT_NESTING', 15, (n) => `{ ${'... { '.repeat(n)} a ${'}'.repeat(n)} }`],
    [
      'FRAGMENT_NESTING',
      15,
      (n) =>
        `{ ...F1 } ${times(n - 1, (index) => `fragment F${index + 1} on Query { ...F${index + 2} }`)} fragment F${n} on Query { a }`,
    ],
    // Fifty fields with 18 each are 950, and one more with the rest.
    [
      'SELECTIONS',
      1_000,
      (n) =>
        `{ ${times(50, (index) => `a${index} { ${times(18, (at) => `b${at}`)} }`)} z { ${times(n - 951, (at) => `c${at}`)} }}`,
    ],
    ['ALIASES', 50, (n) => `{ ${times(n, (index) => `a${index}: b`)} }`],
    [
      'ALIASES',
      50,
      (n) =>
        `{ a { ...F } b { ...F } } fragment F on T { ${times(n / 2, (index) => `a${index}: b`)} }`,
    ],
    ['DIRECTIVES', 50, (n) => `{ a ${times(n, () => '@b')} }`],
    ['DIRECTIVES', 50, (n) => `query ${times(n, () => '@b')} { a }`],
    ['BREADTH', 100, (n) => `{ ${times(n, (index) => `a${index}`)} }`],
    [
      'BREADTH',
      100,
      (n) => `{ ...F ... { b } } fragment F on Query { ${times(n - 1, (index) => `a${index}`)} }`,
    ],
    ['DUPLICATES', 250, (n) => `{ ${times(n + 1, () => 'a')} }`],
    // Under one name there is one selection, so its fields meet: a five times more, and its 49 fields.
    [
      'DUPLICATES',
      250,
      (n) =>
        `{ ${times(6, () => 'a { ...F }')} ${times(n - 249, () => 'b')} } fragment F on T { ${times(49, (index) => `c${index}`)} }`,
    ],
  ])('let %s be %i, and no more', (measure, limit, text) => {
    expect(refusalOf(text(limit))).toBeNull();
    const above = measure === 'ALIASES' ? limit + 2 : limit + 1;
    expect(refusalOf(text(above))).toMatchObject({ measure, limit });
  });

  it('do not count an alias that is the name', () => {
    expect(refusalOf(`{ ${times(90, (index) => `a${index}: a${index}`)} }`)).toBeNull();
  });

  it('leave to validation what has no end: fragments that spread themselves', () => {
    expect(
      refusalOf('{ ...A } fragment A on Query { a ...B } fragment B on Query { b ...A }'),
    ).toBeNull();
  });
});
