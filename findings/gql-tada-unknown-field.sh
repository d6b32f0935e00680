#!/usr/bin/env bash
# gql.tada 1.11.3 with TypeScript 6.0.3: a field that the schema does not have is no type error. The document type-checks, and
# the answer has the field with the type `unknown`, so that a misspelt name passes `tsc` until somebody uses its value.
#
# Seen: `tsc` ends with 0 for a document that asks for `titel`, and the probe prints
#   titel: unknown, title: string
# Fails if that changes. Needs npm and a registry; works in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >package.json <<'JSON'
{ "name": "probe", "private": true, "type": "module" }
JSON
npm install --silent --no-audit --no-fund gql.tada@1.11.3 typescript@6.0.3 graphql@16.15.0

cat >probe.ts <<'TS'
import { initGraphQLTada, type ResultOf } from 'gql.tada';

type Introspection = {
  readonly name: 'probe';
  readonly query: 'Query';
  readonly mutation: never;
  readonly subscription: never;
  readonly types: {
    readonly Query: {
      readonly kind: 'OBJECT';
      readonly name: 'Query';
      readonly fields: {
        readonly title: {
          readonly name: 'title';
          readonly type: { readonly kind: 'NON_NULL'; readonly name: never; readonly ofType: { readonly kind: 'SCALAR'; readonly name: 'String'; readonly ofType: null } };
        };
      };
    };
    readonly String: { readonly name: 'String' };
    readonly Boolean: { readonly name: 'Boolean' };
  };
};

const graphql = initGraphQLTada<{ introspection: Introspection }>();
const misspelt = graphql('{ titel }');
const right = graphql('{ title }');

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Both lines are compile errors as soon as the types are other ones. */
export const isUnknown: Is<ResultOf<typeof misspelt>['titel'], unknown> = true;
export const isString: Is<ResultOf<typeof right>['title'], string> = true;
TS

if npx tsc --noEmit --strict --skipLibCheck --module nodenext --target es2022 probe.ts; then
    echo 'titel: unknown, title: string'
else
    echo 'gql.tada has changed: a field that the schema does not have is no longer typed as unknown' >&2
    exit 1
fi
