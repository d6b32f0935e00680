import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocumentCaches } from '../../../../src/api/http/documents.ts';
import { createUnreadGateway } from '../../../support/hostile/unread-gateway.ts';

const DOCUMENT = parse('{ __typename }');

describe('documents that were parsed', () => {
  const filled = (count: number, length: number) => {
    const { documentCache } = createDocumentCaches();
    const sources = Array.from({ length: count }, (_, n) => String(n).padStart(length, '#'));
    for (const source of sources) {
      documentCache?.set(source, DOCUMENT);
    }
    return sources.filter((source) => documentCache?.get(source) !== undefined);
  };

  it('are kept up to a bound of characters, the latest of them', () => {
    expect(filled(150, 1_000)).toHaveLength(150);
    const kept = filled(2_000, 1_000);
    expect(kept).toHaveLength(200);
    expect(kept.at(-1)).toMatch(/1999$/);
  });

  it('are not kept when they are long', () => {
    expect(filled(3, 20_000)).toHaveLength(3);
    expect(filled(3, 20_001)).toHaveLength(0);
  });

  it('are kept while they are used', () => {
    const { documentCache } = createDocumentCaches();
    documentCache?.set('used', DOCUMENT);
    for (let n = 0; n < 2_000; n += 1) {
      documentCache?.set(String(n).padStart(1_000, '#'), DOCUMENT);
      expect(documentCache?.get('used')).toBe(DOCUMENT);
    }
  });

  it('are not kept when they were refused', () => {
    const { errorCache } = createDocumentCaches();
    errorCache?.set('{', new Error('refused'));
    expect(errorCache?.get('{')).toBeUndefined();
  });
});

describe('fragments that spread themselves', () => {
  it('are told alone, before what stands beside them is compared', async () => {
    const { post } = createUnreadGateway();
    const query = `{ ...A ${'viewer { id } '.repeat(480)} } fragment A on Query { ...A }`;
    const { errors } = (await (await post(JSON.stringify({ query }))).json()) as {
      readonly errors: readonly { readonly message: string }[];
    };
    expect(errors.map(({ message }) => message)).toEqual([
      'Cannot spread fragment "A" within itself.',
    ]);
  });
});

describe('a subscription whose field may be left out', () => {
  const FIELD = 'syncRunProgress(id: "1")';

  it.each([
    `subscription { ${FIELD} @skip(if: true) { id } }`,
    `subscription { ${FIELD} @include(if: false) { id } }`,
    `subscription ($b: Boolean!) { ${FIELD} @skip(if: $b) { id } }`,
    `subscription { ... @skip(if: true) { ${FIELD} { id } } }`,
    `subscription { ...F @include(if: false) } fragment F on Subscription { ${FIELD} { id } }`,
    `subscription { ...F } fragment F on Subscription { ${FIELD} @skip(if: true) { id } }`,
  ])('is refused before anything is read: %s', async (query) => {
    const { post, used } = createUnreadGateway();
    const response = await post(JSON.stringify({ query, variables: { b: true } }), {
      accept: 'text/event-stream',
    });
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(text).toContain('The field of a subscription cannot be left out');
    expect(text).toContain('"code":"GRAPHQL_VALIDATION_FAILED"');
    expect(used).toEqual([]);
  });

  it('may leave out what is below it', async () => {
    const { post } = createUnreadGateway();
    const query = `subscription { ${FIELD} { id @skip(if: true) status } }`;
    const response = await post(JSON.stringify({ query }), { accept: 'text/event-stream' });
    expect(await response.text()).not.toContain('cannot be left out');
  });
});

describe('an answer that refuses', () => {
  /** Where a long name or text can stand; each makes the request a wrong one. */
  const PLACES: readonly ((word: string) => object)[] = [
    (word) => ({ query: `{ ${word} }` }),
    (word) => ({ query: `{ team(slug: "a") { ${word} } }` }),
    (word) => ({ query: `{ team(${word}: 1) { id } }` }),
    (word) => ({ query: `{ teams(first: "${word}") { nodes { id } } }` }),
    (word) => ({ query: `{ teams(first: """${word}""") { nodes { id } } }` }),
    (word) => ({ query: `{ team(slug: "a") { aiUsage(by: ${word}) { start } } }` }),
    (word) => ({ query: `query ($a: ${word}) { __typename }` }),
    (word) => ({ query: `query ($${word}: Int) { __typename }` }),
    (word) => ({ query: `{ teams(first: $${word}) { nodes { id } } }` }),
    (word) => ({ query: `{ ...${word} }` }),
    (word) => ({ query: `{ ... on ${word} { id } }` }),
    (word) => ({ query: `{ __typename @${word} }` }),
    (word) => ({ query: `{ ${word}: viewer }` }),
    (word) => ({ query: `{ viewer { name } } ${word}` }),
    (word) => ({ query: `{ "${word}` }),
    (word) => ({ query: 'query A { __typename } query B { __typename }', operationName: word }),
    (word) => ({ query: '{ __typename }', [word]: 1 }),
    (word) => ({
      query: 'query ($a: Int!) { teams(first: $a) { nodes { id } } }',
      variables: { a: word },
    }),
    (word) => ({
      query: 'query ($a: Date) { team(slug: "a") { weeklyMetrics(from: $a) { commits } } }',
      variables: { a: word },
    }),
    (word) => ({
      query: 'mutation ($a: CancelSyncInput!) { cancelSync(input: $a) { __typename } }',
      variables: { a: { syncRunId: 'x', [word]: 1 } },
    }),
    (word) => ({
      query: 'mutation ($a: CancelSyncInput!) { cancelSync(input: $a) { __typename } }',
      variables: { a: { syncRunId: [word] } },
    }),
  ];

  it('repeats no more than the beginning of what it was sent', async () => {
    const gateway = createUnreadGateway();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PLACES),
        fc.string({ unit: fc.constantFrom('a', 'b', 'X', '_'), minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 200_000 }),
        async (place, word, length) => {
          const long = word.repeat(Math.ceil(length / word.length));
          const response = await gateway.post(JSON.stringify(place(long)));
          const text = await response.text();
          expect(JSON.parse(text)).toHaveProperty('errors.0.extensions.code');
          expect(text.length).toBeLessThan(5_000);
          expect(text).not.toContain(word.repeat(Math.ceil(350 / word.length)));
        },
      ),
      { numRuns: 200 },
    );
    expect(gateway.log).toEqual([]);
    expect(gateway.used).toEqual([]);
  });
});
