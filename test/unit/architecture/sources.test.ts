import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const MAX_LINES = 300;

/** Names that say nothing, and so gather everything. */
const EMPTY_NAMES = /^(utils?|helpers?|types?|interfaces?|common|misc)\.(ts|mts|cts|mjs|js)$/;

/** Kebab-case, with dots for kinds such as `rooms.test.ts`. */
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|mjs)$/;

const INDEX_FILES = ['src/api/schema/index.ts', 'src/metrics/index.ts', 'src/workflows/index.ts'];

async function readSources(directory: string): Promise<SourceFile[]> {
  const names = await readdir(join(PROJECT_DIRECTORY, directory), { recursive: true });
  const paths = names
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/^\w+\/generated\//.test(name))
    .map((name) => `${directory}/${name}`);
  return Promise.all(
    paths.map(async (path) => ({
      path,
      text: await readFile(join(PROJECT_DIRECTORY, path), 'utf8'),
    })),
  );
}

function statementsOf({ path, text }: SourceFile): readonly ts.Statement[] {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true).statements;
}

/** `[a, b] as const satisfies X[]`, whatever of it is there. */
function isListOfNames(expression: ts.Expression | undefined): boolean {
  if (expression === undefined) {
    return false;
  }
  if (ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression)) {
    return isListOfNames(expression.expression);
  }
  return ts.isArrayLiteralExpression(expression) && expression.elements.every(ts.isIdentifier);
}

function isListing(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) {
    return true;
  }
  if (ts.isExportDeclaration(statement)) {
    return statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause);
  }
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.every(({ initializer }) => isListOfNames(initializer))
  );
}

describe('the sources', () => {
  let sources: SourceFile[];
  let all: SourceFile[];

  beforeAll(async () => {
    sources = await readSources('src');
    all = [...sources, ...(await readSources('test')), ...(await readSources('scripts'))];
  });

  it('were looked at', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(all.length).toBeGreaterThan(sources.length + 10);
  });

  it('have names that say what they hold, in kebab-case', () => {
    const names = all.map(({ path }) => path);
    expect(names.filter((path) => EMPTY_NAMES.test(basename(path)))).toEqual([]);
    expect(names.filter((path) => !KEBAB_CASE.test(basename(path)))).toEqual([]);
    expect(EMPTY_NAMES.test('utils.ts')).toBe(true);
    expect(KEBAB_CASE.test('pullRequest.ts')).toBe(false);
  });

  it(`have at most ${MAX_LINES} lines each`, () => {
    const long = all
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('export by name, one by one', () => {
    const careless = sources.filter((source) =>
      statementsOf(source).some(
        (statement) =>
          ts.isExportAssignment(statement) ||
          (ts.isExportDeclaration(statement) && statement.exportClause === undefined),
      ),
    );
    expect(careless.map(({ path }) => path)).toEqual([]);
  });

  it('have an index.ts in three rooms only, and it lists names without logic (R7)', () => {
    const indexes = sources.filter(({ path }) => basename(path) === 'index.ts');
    expect(indexes.length).toBeGreaterThan(1);
    expect(indexes.filter(({ path }) => !INDEX_FILES.includes(path))).toEqual([]);
    const busy = indexes.filter((source) => !statementsOf(source).every(isListing));
    expect(busy.map(({ path }) => path)).toEqual([]);
  });
});

describe('the check of index files', () => {
  it.each([
    [`import { a } from './a.ts';\nexport const LIST = [a] as const satisfies A[];`, true],
    [`export { a } from './a.ts';`, true],
    [`export * from './a.ts';`, false],
    [`export const total = a + b;`, false],
    [`export function build() {\n  return 1;\n}`, false],
  ])('%j is a mere list: %s', (text, expected) => {
    expect(statementsOf({ path: 'index.ts', text }).every(isListing)).toBe(expected);
  });
});
