import { Kind, visit } from 'graphql';
import type { ASTNode, DocumentNode, GraphQLError } from 'graphql';

/** One mistake of a query, as GitHub writes it. */
interface ValidationError {
  readonly path: readonly string[];
  readonly extensions?: Readonly<Record<string, string>>;
  readonly locations?: GraphQLError['locations'];
  readonly message: string;
}

/** How a kind of mistake reads: in the words of graphql-js, and in GitHub's, with what its code is about. */
interface Wording {
  readonly pattern: RegExp;
  readonly rewrite: (
    found: readonly string[],
    path: readonly string[],
  ) => { readonly message: string; readonly extensions: Readonly<Record<string, string>> };
}

/** In GitHub's words, which are those of graphql-ruby. */
const WORDINGS: readonly Wording[] = [
  {
    pattern: /^Cannot query field "(\w+)" on type "(\w+)"/,
    rewrite: ([fieldName = '', typeName = '']) => ({
      message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
      extensions: { code: 'undefinedField', typeName, fieldName },
    }),
  },
  {
    pattern: /^Unknown type "(\w+)"/,
    rewrite: ([typeName = '']) => ({
      message: `No such type ${typeName}, so it can't be a fragment condition`,
      extensions: { code: 'undefinedType', typeName },
    }),
  },
  {
    pattern:
      /^Fragment cannot be spread here as objects of type "(\w+)" can never be of type "(\w+)"/,
    rewrite: ([parentName = '', typeName = '']) => ({
      message: `Fragment on ${typeName} can't be spread inside ${parentName}`,
      extensions: { code: 'cannotSpreadFragment', typeName, fragmentName: 'unknown', parentName },
    }),
  },
  {
    pattern: /^Unknown argument "(\w+)" on field "\w+\.(\w+)"/,
    rewrite: ([argumentName = '', name = '']) => ({
      message: `Field '${name}' doesn't accept argument '${argumentName}'`,
      extensions: { code: 'argumentNotAccepted', name, typeName: 'Field', argumentName },
    }),
  },
  {
    pattern: /^Value "\w+" does not exist in "(\w+)" enum/,
    rewrite: ([type = ''], path) => ({
      message: `Argument '${path.at(-1)}' on Field '${path.at(-2)}' has an invalid value. Expected type '[${type}!]'.`,
      extensions: {
        code: 'argumentLiteralsIncompatible',
        typeName: 'Field',
        argumentName: path.at(-1) ?? '',
      },
    }),
  },
];

/** The mistakes of a query as GitHub answers them; one that it has other words for keeps those of graphql-js. */
export function toValidationErrors(
  document: DocumentNode,
  errors: readonly GraphQLError[],
): ValidationError[] {
  const paths = pathsOf(document);
  return errors.map(({ message, nodes, locations }) => {
    const path = paths.get(nodes?.[0] ?? document) ?? [];
    const worded = WORDINGS.flatMap(({ pattern, rewrite }) => {
      const found = pattern.exec(message);
      return found === null ? [] : [rewrite(found.slice(1), path)];
    });
    return {
      path,
      ...(worded[0]?.extensions === undefined ? {} : { extensions: worded[0].extensions }),
      ...(locations === undefined ? {} : { locations }),
      message: worded[0]?.message ?? message,
    };
  });
}

/** Where each node of a query is, as GitHub says it: `fragment TimelinePage`, `nodes`, `... on IssueComment`. */
function pathsOf(document: DocumentNode): ReadonlyMap<ASTNode, readonly string[]> {
  const paths = new Map<ASTNode, readonly string[]>();
  const path: string[] = [];
  visit(document, {
    enter(node) {
      const step = stepOf(node);
      if (step !== null) {
        path.push(step);
      }
      paths.set(node, [...path]);
    },
    leave(node) {
      if (stepOf(node) !== null) {
        path.pop();
      }
    },
  });
  return paths;
}

function stepOf(node: ASTNode): string | null {
  if (node.kind === Kind.OPERATION_DEFINITION) {
    return [node.operation, node.name?.value].filter((word) => word !== undefined).join(' ');
  }
  if (node.kind === Kind.FRAGMENT_DEFINITION) {
    return `fragment ${node.name.value}`;
  }
  if (node.kind === Kind.INLINE_FRAGMENT) {
    return `... on ${node.typeCondition?.name.value ?? ''}`;
  }
  if (node.kind === Kind.FIELD) {
    return (node.alias ?? node.name).value;
  }
  return node.kind === Kind.ARGUMENT ? node.name.value : null;
}
