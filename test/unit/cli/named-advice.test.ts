import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInputObjectType, isInterfaceType, isEnumType, isObjectType } from 'graphql';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApiSchema } from '../../../src/api/api-schema.ts';
import { program } from '../../../src/cli/main.ts';
import { DOMAIN_ERROR_CODES } from '../../../src/domain/core/errors.ts';
import { SETTINGS } from '../../../src/runtime/settings/settings.ts';
import { parseFolder } from '../../support/sources/declarations.ts';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';

/** What sentences of the product and its documents name must be there: commands, scripts, settings and fields. */

interface Text {
  readonly where: string;
  readonly text: string;
}

const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(PROJECT_DIRECTORY, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function read(path: string): string {
  return readFileSync(join(PROJECT_DIRECTORY, path), 'utf8');
}

let sentences: Text[];
let documents: Text[];
/** Names in the sources, and literals that are a word alone: a sentence does not make a word of its own. */
let wordsOfSources: Set<string>;

beforeAll(async () => {
  sentences = await readSentences();
  documents = DOCUMENTS.map((path) => ({ where: path, text: read(path) }));
});

/** Literals of the sources with a space in them; a placeholder stands as ‹›. Generated code has none. */
async function readSentences(): Promise<Text[]> {
  const texts: Text[] = [];
  wordsOfSources = new Set();
  for (const { path, source } of await parseFolder('src')) {
    if (path.includes('/generated/')) {
      continue;
    }
    const visit = (node: ts.Node): void => {
      const text = textOf(node);
      if (ts.isIdentifier(node) || (text !== null && /^\w+$/.test(text))) {
        wordsOfSources.add(text ?? node.getText(source));
      }
      if (text?.includes(' ') === true) {
        texts.push({ where: path, text });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return texts;
}

function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  return ts.isTemplateExpression(node)
    ? node.head.text + node.templateSpans.map(({ literal }) => `‹›${literal.text}`).join('')
    : null;
}

/** Commands that a text names, each with what follows it on the line. */
function commandsIn({ text }: Text): string[] {
  // What a sentence does not begin with is a command; a literal that begins so is the name of a connection.
  return [...text.matchAll(/(?<=npx |`|: |\brun |\bas |\bby )throughline ([^`\n]+)/g)].map(
    ([, rest = '']) => rest,
  );
}

/** What is wrong with a command line; null when every word and option of it is there. */
function complaintOn(line: string): string | null {
  let command = program;
  for (const word of line.split(/\s+/)) {
    const name = word.replace(/[.,;:)]+$/, '');
    if (command.commands.length > 0) {
      const next = command.commands.find((each) => each.name() === name);
      if (next === undefined) {
        return /^[…<]/.test(name) ? null : `there is no ${command.name()} ${name}`;
      }
      command = next;
    } else if (/^\[?--[a-z]/.test(name)) {
      const [flag = ''] = /--[a-z-]+/.exec(name) ?? [];
      if (flag !== '--help' && !command.options.some(({ long }) => long === flag)) {
        return `${command.name()} has no ${flag}`;
      }
    }
  }
  return command.commands.length > 0 ? `${command.name()} needs a further word` : null;
}

describe('a command that a sentence or a document names', () => {
  it('is there, with its options', () => {
    const found = [...sentences, ...documents].flatMap((each) =>
      commandsIn(each).map((line) => ({ where: each.where, line, wrong: complaintOn(line) })),
    );
    expect(found.length).toBeGreaterThan(40);
    expect(found.filter(({ wrong }) => wrong !== null)).toEqual([]);
  });

  it('would be caught when it is not', () => {
    expect(
      ['tokens create', 'token make', 'token', 'token create --op', 'db report --strict'].map(
        complaintOn,
      ),
    ).toEqual([
      'there is no throughline tokens',
      'there is no token make',
      'token needs a further word',
      'create has no --op',
      null,
    ]);
    const text = 'Run `throughline gone --now` or npx throughline away; throughline test';
    expect(commandsIn({ where: '', text })).toEqual(['gone --now', 'away; throughline test']);
  });

  it('is a script of package.json where npm runs it', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...sentences, ...documents].flatMap(({ where, text }) =>
      [...text.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(([, script = '']) => ({
        where,
        script,
      })),
    );
    const npmItself = new Set(['ci', 'install', 'run', 'packages']);
    expect(named.length).toBeGreaterThan(20);
    expect(
      named.filter(({ script }) => scripts[script] === undefined && !npmItself.has(script)),
    ).toEqual([]);
  });
});

/** Words in capitals that are neither settings nor words of the API or the sources. */
const OTHER_WORDS: ReadonlySet<string> = new Set([
  // Read by the benchmarks, by the search for the cache folder, and by docker-compose.
  'BENCH_DATABASE_URL',
  'XDG_CACHE_HOME',
  'POSTGRES_TIER',
  // Of Temporal's list filters.
  'STARTS_WITH',
  // A variable of the shell in docs/operations.md.
  'OPERATOR_TOKEN',
]);

/** Texts of one line that a person reads: no documents of GraphQL, no SQL. */
function isSentence({ text }: Text): boolean {
  return /^[^{}\n]*$/.test(text) && /[.:`)?]$/.test(text);
}

describe('advice of the product', () => {
  it('names what is there in the image too; scripts of npm need a clone', () => {
    // Migrations are written in a clone alone.
    const ofClones = ['src/cli/database/new-migration.ts'];
    const named = sentences.filter(({ text }) => /\bnpm run /.test(text)).map(({ where }) => where);
    expect([...new Set(named)].toSorted()).toEqual(ofClones);
  });

  it('names mutations, fields and arguments that the schema has', () => {
    const fields = new Set<string>();
    for (const type of Object.values(createApiSchema().getTypeMap())) {
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const { name, args } of Object.values(type.getFields())) {
          [name, ...args.map((argument) => argument.name)].forEach((each) => fields.add(each));
        }
      } else if (isInputObjectType(type)) {
        Object.keys(type.getFields()).forEach((name) => fields.add(name));
      }
    }
    const named = sentences
      .filter((each) => isSentence(each) && each.where.startsWith('src/'))
      .flatMap(({ where, text }) =>
        [...text.matchAll(/\b[a-z]+[A-Z][A-Za-z]*\b/g)].map(([word]) => ({ where, word })),
      );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ word }) => !fields.has(word))).toEqual([]);
  });
});

describe('a word in capitals that a sentence or a document names', () => {
  it('is a setting, or a word of the API or of the sources', () => {
    const known = new Set<string>([...SETTINGS.map(({ name }) => name), ...DOMAIN_ERROR_CODES]);
    for (const type of Object.values(createApiSchema().getTypeMap())) {
      if (isEnumType(type)) {
        type.getValues().forEach(({ name }) => known.add(name));
      }
    }
    wordsOfSources.forEach((word) => known.add(word));
    const named = [...sentences.filter(isSentence), ...documents].flatMap(({ where, text }) =>
      [...text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([word]) => ({ where, word })),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(({ word }) => !known.has(word) && !OTHER_WORDS.has(word))).toEqual([]);
    expect(known.has('DATABASE_OLD_URL')).toBe(false);
  });
});
