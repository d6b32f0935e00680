import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import type { WriterOrder, WriterOutcome } from './writer-process.ts';

/** The product's writer, as plain JavaScript in a process of its own. */
export interface MeasuredWriter {
  write(order: WriterOrder): Promise<WriterOutcome>;
  close(): Promise<void>;
}

/** What the writer needs of the sources; a loader that compiles in the process would be measured too. */
const SOURCES = ['src/db', 'src/domain', 'bench'] as const;

/** Compiles the writer into the project's own directory, from where it finds the packages. */
export async function buildMeasuredWriter(projectDirectory: string): Promise<MeasuredWriter> {
  const directory = join(projectDirectory, '.throughline', `bench-${process.pid}`);
  for (const folder of SOURCES) {
    for (const name of await readdir(join(projectDirectory, folder), { recursive: true })) {
      // Prisma's client is large, and the writer knows its types alone.
      if (name.endsWith('.ts') && !name.startsWith(join('generated', 'prisma'))) {
        await compile(projectDirectory, directory, join(folder, name));
      }
    }
  }
  await cp(join(projectDirectory, 'package.json'), join(directory, 'package.json'));
  return {
    write: (order) => run(join(directory, 'bench', 'writer-process.js'), order),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

async function compile(projectDirectory: string, directory: string, path: string): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(join(projectDirectory, path), 'utf8'), {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const target = join(directory, path.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}

async function run(script: string, order: WriterOrder): Promise<WriterOutcome> {
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'], env: {} });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  child.stdin.end(JSON.stringify(order));
  const [output, complaint, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  if (code !== 0) {
    throw new Error(`the measured writer ended with ${code}: ${complaint}`);
  }
  return JSON.parse(output) as WriterOutcome;
}
