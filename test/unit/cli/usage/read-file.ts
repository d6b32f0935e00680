import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openAiUsageFile } from '../../../../src/cli/usage/ai-usage-file.ts';

/** Everything that comes in batches. */
export async function collect<Row>(batches: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const batch of batches) {
    all.push(...batch);
  }
  return all;
}

/**
 * What a file of that name gives: a row, the code of its problem, or null for a line passed over, with its number.
 */
export async function readFile(name: string, content: string | Buffer): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-usage-'));
  try {
    const path = join(folder, name);
    await writeFile(path, content);
    const file = await openAiUsageFile(path, Readable.from([]));
    try {
      return (await collect(file.lines())).map((line) => {
        const problem = 'problem' in line ? line.problem.code : null;
        return [line.line, 'row' in line ? line.row : problem];
      });
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const HEADER = 'login,date,interactions';

/** A row below that header, as it is read. */
export const row = (login: string, interactions = '1') => ({
  login,
  date: '2026-03-02',
  interactions,
});
