import {
  getNamedType,
  isCompositeType,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { loadGitHubSchema } from '../../../../src/demo/fake-github/graphql/github-schema.ts';
import { ACCESSORY_ELEMENTS } from '../../../../src/github/transport/accessories.ts';
import { typeOfField } from '../../../../src/github/transport/composite-fields.ts';
import { withoutElements } from '../../../../src/github/transport/older-document.ts';
import { askedTexts } from './asked-texts.ts';

describe('what is asked of an older server', () => {
  it("is told apart by types that are those of GitHub's schema, for every document", async () => {
    const schema = await loadGitHubSchema();
    const found = new Map<string, [expected: string, known: string | null]>();
    for (const text of await askedTexts()) {
      const types = new TypeInfo(schema);
      visit(
        parse(text),
        visitWithTypeInfo(types, {
          Field({ name }) {
            const parent = types.getParentType()?.name ?? '';
            const type = getNamedType(types.getType());
            if (isCompositeType(type)) {
              found.set(`${parent}.${name.value}`, [type.name, typeOfField(parent, name.value)]);
            }
          },
        }),
      );
    }
    expect(found.size).toBeGreaterThan(50);
    for (const [field, [expected, known]] of found) {
      expect(`${field}: ${known}`).toBe(`${field}: ${expected}`);
    }
  });

  it.each(ACCESSORY_ELEMENTS)('is taken by one without %s, whatever is asked', async (element) => {
    const schema = await loadGitHubSchema([element]);
    let refused = 0;
    for (const text of await askedTexts()) {
      refused += validate(schema, parse(text)).length;
      const older = await withoutElements(text, new Set([element]));
      expect(validate(schema, parse(older)).map(({ message }) => message)).toEqual([]);
      // Nothing else is lost.
      expect(await withoutElements(older, new Set([element]))).toBe(older);
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('is all of it left out at once, with what only that used', async () => {
    const schema = await loadGitHubSchema(ACCESSORY_ELEMENTS);
    for (const text of await askedTexts()) {
      const older = await withoutElements(text, new Set(ACCESSORY_ELEMENTS));
      expect(validate(schema, parse(older)).map(({ message }) => message)).toEqual([]);
    }
  });

  it('is no variable that nothing uses', async () => {
    const text = `query Q($first: Int!, $owner: String!) {
      repository(owner: $owner, name: "b") { pullRequest(number: 1) { number files(first: $first) { ...FilePage } } }
    }
    fragment FilePage on PullRequestChangedFileConnection { nodes { path } }`;
    const older = await withoutElements(text, new Set(['PullRequest.files']));
    expect(older.replaceAll(/\s+/g, ' ').trim()).toBe(
      'query Q($owner: String!) { repository(owner: $owner, name: "b") { pullRequest(number: 1) { number } } }',
    );
  });
});
