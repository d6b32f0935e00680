import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { faultsOf } from '../../../../src/domain/usage/ai-usage-row.ts';
import { openAiUsageFile } from '../../../../src/cli/usage/ai-usage-file.ts';
import { createImportReport } from '../../../../src/cli/usage/import-report.ts';
import { isDomainError } from '../../../../src/domain/core/errors.ts';
import {
  createAiUsageIntake,
  isAiUsageProblem,
} from '../../../../src/domain/usage/ai-usage-intake.ts';
import { createAiUsageSums } from '../../../../src/domain/usage/ai-usage-sums.ts';

const MEMBERS = new Map([
  ['ada', 1n],
  ['bob', 2n],
]);

export interface Imported {
  readonly facts: readonly object[];
  /** The sentences of the command, without the name of the file. */
  readonly said: readonly string[];
}

/** Reads a file as the command does, for the members ada and bob, also with `--sum`; what kept it out is said as well. */
export async function importOf(
  name: string,
  content: string | Buffer,
  isSummed = false,
): Promise<Imported> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-files-'));
  try {
    const path = join(folder, name);
    await writeFile(path, content);
    return await importPath(name, path, isSummed);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function importPath(name: string, path: string, isSummed: boolean): Promise<Imported> {
  const report = createImportReport(name, 100);
  const intake = createAiUsageIntake({
    source: 'CURSOR',
    spelling: 'column',
    now: new Date('2026-03-12T12:00:00Z'),
    members: MEMBERS,
    nameRow: (line) => `line ${line}`,
    duplicateAdvice: isSummed ? null : 'add them up',
  });
  const facts: object[] = [];
  const sums = isSummed ? createAiUsageSums('CURSOR') : null;
  try {
    const file = await openAiUsageFile(path, Readable.from([]));
    try {
      for await (const line of eachOf(file.lines())) {
        if ('passedOver' in line) {
          report.addPassedOver(line.line);
          continue;
        }
        const taken = 'problem' in line ? line.problem : intake.take(line.line, line.row);
        const problem = isAiUsageProblem(taken) ? taken : (sums?.add(taken) ?? null);
        if (problem !== null) {
          faultsOf(problem).forEach((fault) => report.addProblem(line.line, fault));
        } else if (sums === null && !isAiUsageProblem(taken)) {
          facts.push(taken.fact);
        }
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isDomainError(error)) {
      throw error;
    }
    return { facts: [], said: [error.message.replaceAll(path, name)] };
  }
  facts.push(...[...(sums?.rows() ?? [])].map(({ fact }) => fact));
  const summary = { rows: 0, refused: 0, written: null };
  const said = report.render({ summary, dryRun: true, sum: true }).trimEnd().split('\n');
  return { facts, said: said.slice(0, -2) };
}

async function* eachOf<Row>(batches: AsyncIterable<readonly Row[]>): AsyncGenerator<Row> {
  for await (const batch of batches) {
    yield* batch;
  }
}
