import { readFile } from 'node:fs/promises';
import { buildASTSchema, parse, visit } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';

// Shared by all servers of a process: each takes half a second to build and never changes after that.
const building = new Map<string, Promise<GraphQLSchema>>();

/**
 * GitHub's published GraphQL schema, built when it is first asked for.
 * @param without what an older server does not have: `Type.field`, `Union/Member`, or a `Type` with the word for it in
 * lists of kinds
 */
export async function loadGitHubSchema(without: readonly string[] = []): Promise<GraphQLSchema> {
  const key = without.toSorted().join(' ');
  const built = building.get(key) ?? buildFromPackage(new Set(without));
  building.set(key, built);
  return built;
}

/** Reads the text beside the package's entry; the entry itself would parse megabytes of JSON that nobody needs. */
async function buildFromPackage(without: ReadonlySet<string>): Promise<GraphQLSchema> {
  const entry = import.meta.resolve('@octokit/graphql-schema');
  const document = parse(await readFile(new URL('./schema.graphql', entry), 'utf8'));
  // The text repeats two fields, so it is not valid SDL to the letter.
  return buildASTSchema(without.size === 0 ? document : olderSchema(document, without), {
    assumeValidSDL: true,
  });
}

function olderSchema(document: DocumentNode, without: ReadonlySet<string>): DocumentNode {
  const words = new Set(
    [...without].map((name) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()),
  );
  return visit(document, {
    ObjectTypeDefinition(type) {
      const { name, fields } = type;
      return without.has(name.value)
        ? null
        : {
            ...type,
            fields: fields?.filter((field) => !without.has(`${name.value}.${field.name.value}`)),
          };
    },
    UnionTypeDefinition: (union) => ({
      ...union,
      types: union.types?.filter(
        ({ name }) => !without.has(name.value) && !without.has(`${union.name.value}/${name.value}`),
      ),
    }),
    EnumValueDefinition: ({ name }) => (words.has(name.value) ? null : undefined),
  });
}
