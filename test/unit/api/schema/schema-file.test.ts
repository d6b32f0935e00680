import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { printApiSchema } from '../../../../src/api/print-schema.ts';

it('schema.graphql holds the schema that is served: run npm run schema:print after a change', async () => {
  const file = new URL('../../../../schema.graphql', import.meta.url);
  expect(await readFile(file, 'utf8')).toBe(printApiSchema());
});
