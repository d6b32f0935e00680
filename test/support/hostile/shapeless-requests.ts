import {
  doubling,
  LONG,
  nest,
  refused,
  times,
  type Asked,
  type HostileRequest,
} from './hostile-request.ts';

const SHAPES: readonly (readonly [measure: string, asked: Asked])[] = [
  [
    'SELECTIONS',
    [
      'fragments that double, 60 levels of spreads',
      () => `{...F0} ${doubling(60, 'Query', '', '', '__typename')}`,
    ],
  ],
  [
    'SELECTIONS',
    [
      'fragments that double, 60 levels of fields',
      () =>
        `{team(slug:"a"){...F0}} ${doubling(60, 'Team', 'repositories{nodes{team{', '}}}', 'id')}`,
    ],
  ],
  [
    'SELECTIONS',
    [
      'fragments that double, 40 levels under two names',
      () =>
        `{team(slug:"a"){...F0}} ${doubling(40, 'Team', 'a:dataQuality{drift{nodes{repository{team{', '}}}}}', 'id')}`,
    ],
  ],
  [
    'SELECTIONS',
    [
      'fragments that double and come back to the first',
      () => `{...F0} ${doubling(60, 'Query', '', '', '...F0 ...F0')}`,
    ],
  ],
  [
    'FRAGMENT_NESTING',
    [
      'a chain of 40 fragments',
      () =>
        `{...F0} ${times(40, (n) => `fragment F${n} on Query{...F${n + 1}}`)} fragment F40 on Query{__typename}`,
    ],
  ],
  ['DEPTH', ['300 levels', () => `{teams{${nest(300, 'nodes{team{', 'id')}}}`]],
  [
    'DEPTH',
    ['300 levels of the schema', () => `{__schema{types{${nest(300, 'ofType{', 'name')}}}}`],
  ],
  [
    'FRAGMENT_NESTING',
    ['600 inline fragments, one in the other', () => `{${nest(600, '...{', 'id')}}`],
  ],
  ['ALIASES', ['400 aliases', () => `{${times(400, (n) => `a${n}:__typename`)}}`]],
  ['BREADTH', ['600 fields', () => `{${times(600, (n) => `f${n}`)}}`]],
  ['DUPLICATES', ['one field 900 times', () => `{${times(900, () => '__typename')}}`]],
  [
    'DUPLICATES',
    [
      'two fields 20 times, in each other',
      () => `{${times(20, () => `teams{${times(20, () => 'nodes{id}')}}`)}}`,
    ],
  ],
  [
    'DIRECTIVES',
    ['200 directives on a field', () => `{__typename ${times(200, () => '@include(if:true)')}}`],
  ],
  ['DIRECTIVES', ['unknown directives', () => `{__typename ${times(500, () => '@a')}}`]],
  ['DEFINITIONS', ['300 operations', () => times(300, (n) => `query Q${n}{__typename}`)]],
  ['TOKENS', ['10,000 levels', () => `{${nest(10_000, 'team{', 'id')}}`]],
  ['TOKENS', ['10,000 fields', () => `{${times(10_000, () => 'id')}}`]],
  ['TOKENS', ['10,000 aliases', () => `{${times(10_000, (n) => `a${n}:id`)}}`]],
  ['TOKENS', ['10,000 directives', () => `{id ${times(10_000, () => '@a')}}`]],
  [
    'TOKENS',
    [
      'a list of 100,000 ids in the document',
      () => `{nodes(ids:[${times(100_000, () => '"x"')}]){id}}`,
    ],
  ],
  ['NAME_LENGTH', ['a field name of a megabyte', () => `{${LONG()}}`]],
  ['NAME_LENGTH', ['an alias of a megabyte', () => `{${LONG()}:viewer{name}}`]],
  [
    'NAME_LENGTH',
    ['an enum value of a megabyte', () => `{team(slug:"a"){aiUsage(by:${LONG()}){start}}}`],
  ],
  ['NAME_LENGTH', ['a variable name of a megabyte', () => `query($${LONG()}:Int){__typename}`]],
  ['NAME_LENGTH', ['a type name of a megabyte', () => `query($a:${LONG()}){__typename}`]],
  ['NAME_LENGTH', ['an operation name of a megabyte', () => `query ${LONG()}{__typename}`]],
  ['NAME_LENGTH', ['a fragment name of a megabyte', () => `{...${LONG()}}`]],
  ['NAME_LENGTH', ['a directive name of a megabyte', () => `{__typename @${LONG()}}`]],
  ['NAME_LENGTH', ['an argument name of a megabyte', () => `{team(${LONG()}:1){id}}`]],
  [
    'IDS',
    [
      '300,000 nodes',
      () => 'query($ids:[ID!]!){nodes(ids:$ids){id}}',
      () => ({ ids: Array.from({ length: 300_000 }, () => 'x') }),
    ],
  ],
  [
    'IDS',
    [
      '101 nodes',
      () => 'query($ids:[ID!]!){nodes(ids:$ids){id}}',
      () => ({ ids: Array.from({ length: 101 }, () => 'x') }),
    ],
  ],
  [
    'INTROSPECTION',
    [
      'the schema, under many names',
      () => `{__schema{${times(40, (n) => `t${n}:types{fields{type{fields{type{name kind}}}}}`)}}}`,
    ],
  ],
  [
    'INTROSPECTION',
    [
      'the schema under fifty names, by one fragment',
      () =>
        `{${times(50, (n) => `a${n}:__schema{types{...F}}`)}} fragment F on __Type{fields{name args{name description}}}`,
    ],
  ],
];

/** Documents that are too deep, too broad or too long, whatever they ask for. */
export const SHAPELESS_REQUESTS: readonly HostileRequest[] = SHAPES.map(([measure, asked]) =>
  refused(measure, asked),
);
