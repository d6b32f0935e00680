#!/usr/bin/env bash
# @pothos/plugin-complexity 4.2.3 with @pothos/core 4.15.1: complexityFromQuery counts a field that @skip or @include leaves out
# of the answer as if it ran. A client that guards a costly part of one document by a variable is refused for it although it
# is not asked for.
#
# Seen, for a field of complexity 1 and one of 1,000 that is left out:
#   without it 1, skipped 1001, not included 1001
# Fails if that changes. Needs npm and a registry; works in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >package.json <<'JSON'
{ "name": "probe", "private": true, "type": "module" }
JSON
npm install --silent --no-audit --no-fund @pothos/core@4.15.1 @pothos/plugin-complexity@4.2.3 graphql@16.15.0

cat >probe.mjs <<'JS'
import SchemaBuilder from '@pothos/core';
import ComplexityPlugin, { complexityFromQuery } from '@pothos/plugin-complexity';

const builder = new SchemaBuilder({ plugins: [ComplexityPlugin] });
builder.queryType({
  fields: (t) => ({
    cheap: t.string({ complexity: 1, resolve: () => '' }),
    costly: t.string({ complexity: 1000, resolve: () => '' }),
  }),
});
const schema = builder.toSchema();
const costOf = (query) => complexityFromQuery(query, { schema, variables: { wanted: false } }).complexity;
console.log(
  `without it ${costOf('{ cheap }')}, ` +
    `skipped ${costOf('{ cheap costly @skip(if: true) }')}, ` +
    `not included ${costOf('query ($wanted: Boolean!) { cheap costly @include(if: $wanted) }')}`,
);
JS

seen=$(node probe.mjs)
echo "$seen"
if [ "$seen" != 'without it 1, skipped 1001, not included 1001' ]; then
    echo '@pothos/plugin-complexity has changed: it no longer counts what a directive leaves out' >&2
    exit 1
fi
