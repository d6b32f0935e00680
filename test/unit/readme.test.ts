import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');
}

function blocks(language: string): string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g');
  return [...read('README.md').matchAll(pattern)].map(([, text]) => text ?? '');
}

/** The paths of an object's leaves; of a list, those of its first item. */
function paths(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) {
    return paths(value[0], prefix);
  }
  if (typeof value !== 'object' || value === null) {
    return [prefix];
  }
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${prefix}/${key}`));
}

/** The paths of what a query selects. */
function selected(set: unknown, prefix = ''): string[] {
  const { selections } = set as {
    selections: { name: { value: string }; selectionSet?: unknown }[];
  };
  return selections.flatMap((field) => {
    const path = `${prefix}/${field.name.value}`;
    return field.selectionSet === undefined ? [path] : selected(field.selectionSet, path);
  });
}

test('the query of the README fits the schema, and its answer is of the shape that is asked for', () => {
  const queries = blocks('graphql').map((text) => parse(text));
  expect(queries).toHaveLength(1);
  const schema = buildSchema(read('schema.graphql'));
  for (const query of queries) {
    expect(validate(schema, query)).toEqual([]);
    const [definition] = query.definitions;
    const asked = selected((definition as unknown as { selectionSet: unknown }).selectionSet);
    const [answer] = blocks('json').map((text) => JSON.parse(text) as { data: unknown });
    expect(paths(answer?.data).toSorted()).toEqual(asked.toSorted());
  }
});
