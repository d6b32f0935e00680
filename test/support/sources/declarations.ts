import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT_DIRECTORY } from './scratch-tree.ts';

export interface ParsedFile {
  /** Relative to the project. */
  readonly path: string;
  readonly source: ts.SourceFile;
}

/** Parses the TypeScript files of a folder of the project and of the folders in it. */
export async function parseFolder(folder: string): Promise<ParsedFile[]> {
  const names = (await readdir(join(PROJECT_DIRECTORY, folder), { recursive: true })).filter(
    (name) => name.endsWith('.ts'),
  );
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = `${folder}/${name}`;
      const text = await readFile(join(PROJECT_DIRECTORY, path), 'utf8');
      return { path, source: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
    }),
  );
}

/** Every node of a tree for which the test holds. */
export function findNodes<T extends ts.Node>(
  root: ts.Node,
  test: (node: ts.Node) => node is T,
): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (test(node)) {
      found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}
