import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, copyFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const PROJECT_DIRECTORY = join(import.meta.dirname, '../../..');

/** Files by path; the value is the text. */
export type TreeFiles = Readonly<Record<string, string>>;

export interface ScratchTree {
  readonly directory: string;
  remove(): Promise<void>;
}

const CONFIGURATION = [
  'package.json',
  'tsconfig.json',
  '.oxlintrc.json',
  '.dependency-cruiser.cjs',
  '.dependency-cruiser.edge.cjs',
];

/** A project in the directory for temporary files: our configuration and packages, other sources. */
export async function createScratchTree(files: TreeFiles): Promise<ScratchTree> {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-tree-'));
  for (const name of CONFIGURATION) {
    await copyFile(join(PROJECT_DIRECTORY, name), join(directory, name));
  }
  await symlink(join(PROJECT_DIRECTORY, 'node_modules'), join(directory, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Runs a tool of node_modules in a directory; answers its standard output whatever its exit code is. */
export function runTool(
  directory: string,
  name: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const program = join(PROJECT_DIRECTORY, 'node_modules/.bin', name);
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd: directory, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') {
          reject(new Error(`${name} did not run`, { cause: error }));
          return;
        }
        resolve({ stdout, stderr, exitCode: Number(error?.code ?? 0) });
      },
    );
  });
}
