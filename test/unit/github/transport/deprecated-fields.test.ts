import { NoDeprecatedCustomRule, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { loadGitHubSchema } from '../../../../src/demo/fake-github/graphql/github-schema.ts';
import { askedTexts } from './asked-texts.ts';

it("no query asks for a field that is past its removal date, or soon will be, by GitHub's schema", async () => {
  const schema = await loadGitHubSchema();
  for (const text of await askedTexts()) {
    const deprecated = validate(schema, parse(text), [NoDeprecatedCustomRule]);
    expect(deprecated.map(({ message }) => message)).toEqual([]);
  }
});
