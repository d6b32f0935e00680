import { readFile } from 'node:fs/promises';
import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';

// Shared by all servers of a process: it takes half a second to build and never changes after that.
let building: Promise<GraphQLSchema> | undefined;

/** GitHub's published GraphQL schema, built when it is first asked for. */
export async function loadGitHubSchema(): Promise<GraphQLSchema> {
  building ??= buildFromPackage();
  return building;
}

/** Reads the text beside the package's entry; the entry itself would parse megabytes of JSON that nobody needs. */
async function buildFromPackage(): Promise<GraphQLSchema> {
  const entry = import.meta.resolve('@octokit/graphql-schema');
  const text = await readFile(new URL('./schema.graphql', entry), 'utf8');
  // The text repeats two fields, so it is not valid SDL to the letter.
  return buildSchema(text, { assumeValidSDL: true });
}
