import type pg from 'pg';
import { copyBare } from './baselines/bare-copy.ts';
import { writeMultiValues } from './baselines/multi-values.ts';
import { AI_USAGE } from '../src/db/usage/ai-usage-table.ts';
import { FILE } from '../src/db/pulls/pull-request-tables.ts';
import type { TableDescriptor } from '../src/db/bulk/table-descriptor.ts';
import { upsertFilesThroughPrisma, upsertUsageThroughPrisma } from './baselines/prisma-upsert.ts';
import { type Figures, median } from './figures.ts';
import {
  countRowVersions,
  countStatements,
  fingerprint,
  measureWal,
  resetStatements,
  type WrittenWal,
  settle,
  type StatementCounts,
} from './server-counters.ts';
import { countRows, fileRows, type RowSet, type TeamRows, usageRows } from './usage-rows.ts';
import type { UsageBench } from './usage-bench.ts';
import type { WriterOutcome } from './writer-process.ts';

const SYNCED_AT = new Date('2025-06-01T00:00:00Z');

/** A second sync of the same values: its time alone makes no change. */
const LATER = new Date('2025-06-02T00:00:00Z');

/** One batch after another, as performance.md measured it; with two connections it is reported only. */
const CONNECTIONS = 1;
const MORE_CONNECTIONS = 2;

const PHASES = ['cold', 'changed', 'same'] as const;
type Phase = (typeof PHASES)[number];

/** Cold = an empty table; changed = the same keys with other values; same = written once more as it is. */
const PHASE_ROWS = {
  cold: { version: 0, syncedAt: SYNCED_AT },
  changed: { version: 1, syncedAt: SYNCED_AT },
  same: { version: 1, syncedAt: LATER },
} as const satisfies Record<Phase, { version: number; syncedAt: Date }>;

export interface Comparison {
  /** The beginning of the figures' keys. */
  readonly name: string;
  readonly set: RowSet;
  /** Rows that Prisma really writes, one by one. */
  readonly prismaSample: number;
  /** Our own writer and the bare COPY are measured so often; the middle one counts. */
  readonly passes: number;
}

interface Writers {
  readonly table: string;
  /** What two tables must have in common: everything but when it was asked for. */
  readonly columns: readonly string[];
  copyBare(): Promise<number>;
  multiValues(phase: Phase, connections: number): Promise<number>;
  prismaSecondsARow(): Promise<number>;
}

function writersFor<Row>(
  bench: UsageBench,
  { set, prismaSample }: Comparison,
  descriptor: TableDescriptor<Row>,
  rowsOf: (team: TeamRows, phase: Phase) => Iterable<Row>,
  prisma: (input: {
    url: string;
    teamId: string;
    rows: Iterable<Row>;
    sample: number;
  }) => Promise<number>,
): Writers {
  const { database } = bench;
  const [first] = set.teams;
  return {
    table: descriptor.table,
    columns: [
      'team_id',
      ...descriptor.columns.filter(({ compare }) => compare !== 'skip').map(({ name }) => name),
    ],
    copyBare: () =>
      copyBare(
        database.url('maintenance'),
        descriptor,
        set.teams.map((team) => rowsOf(team, 'cold')),
      ),
    multiValues: (phase, connections) =>
      writeMultiValues({
        url: database.url('application'),
        descriptor,
        teams: set.teams.map((team) => ({ teamId: team.teamId, rows: rowsOf(team, phase) })),
        connections,
      }),
    prismaSecondsARow: () =>
      first === undefined
        ? Promise.resolve(0)
        : prisma({
            url: database.url('application'),
            teamId: first.teamId,
            rows: rowsOf(first, 'cold'),
            sample: prismaSample,
          }),
  };
}

interface OurRun {
  readonly outcome: WriterOutcome;
  readonly fingerprint: string;
  readonly statements: StatementCounts;
  readonly wal: WrittenWal;
  readonly deadRows: number;
  readonly versionsWritten: number;
}

/** Writes the same rows with every writer, sees that they all leave the same table, and only then tells the times. */
export async function compareWriters(
  bench: UsageBench,
  figures: Figures,
  comparison: Comparison,
): Promise<void> {
  const { set, name, passes } = comparison;
  const writers =
    set.kind === 'usage'
      ? writersFor(
          bench,
          comparison,
          AI_USAGE,
          (team, phase) =>
            usageRows(set, team, PHASE_ROWS[phase].version, PHASE_ROWS[phase].syncedAt),
          upsertUsageThroughPrisma,
        )
      : writersFor(
          bench,
          comparison,
          FILE,
          (team, phase) => fileRows(team, PHASE_ROWS[phase].version),
          upsertFilesThroughPrisma,
        );
  const bare: number[] = [];
  const ours: Record<Phase, OurRun>[] = [];
  for (let pass = 1; pass <= passes; pass += 1) {
    bench.onProgress(`${name}: bare COPY and our writer, pass ${pass} of ${passes}`);
    bare.push(await writers.copyBare());
    ours.push(await runOurs(bench, writers, set));
  }
  const values = await runMultiValues(bench, writers, comparison, ours[0]);
  await empty(bench.database.superuser, writers.table);
  await settle(bench.database.superuser, writers.table);
  const valuesOverTwo = await writers.multiValues('cold', MORE_CONNECTIONS);
  bench.onProgress(`${name}: one upsert a row through Prisma, ${comparison.prismaSample} rows`);
  await empty(bench.database.superuser, writers.table);
  const prismaSeconds = (await writers.prismaSecondsARow()) * countRows(set);
  reportTimes(figures, name, { bare: median(bare), ours, values, valuesOverTwo, prismaSeconds });
  reportCounts(figures, name, ours[0], set);
}

async function empty(superuser: pg.Client, table: string): Promise<void> {
  await superuser.query(`TRUNCATE "${table}", rollup_dirty`);
}

async function runOurs(
  { database, writer }: UsageBench,
  writers: Writers,
  set: RowSet,
): Promise<Record<Phase, OurRun>> {
  const { superuser } = database;
  await empty(superuser, writers.table);
  const run = async (phase: Phase): Promise<OurRun> => {
    const before = await settle(superuser, writers.table);
    await resetStatements(superuser);
    const { version, syncedAt } = PHASE_ROWS[phase];
    const { result, ...wal } = await measureWal(superuser, () =>
      writer.write({
        url: database.url('application'),
        set,
        version,
        syncedAt: syncedAt.toISOString(),
      }),
    );
    const after = await countRowVersions(superuser, writers.table);
    return {
      outcome: result,
      fingerprint: await fingerprint(superuser, writers.table, writers.columns),
      statements: await countStatements(superuser),
      wal,
      deadRows: after.dead - before.dead,
      versionsWritten: after.written - before.written,
    };
  };
  return { cold: await run('cold'), changed: await run('changed'), same: await run('same') };
}

async function runMultiValues(
  { database, onProgress }: UsageBench,
  writers: Writers,
  { name }: Comparison,
  ours: Record<Phase, OurRun> | undefined,
): Promise<Record<Phase, number>> {
  const { superuser } = database;
  await empty(superuser, writers.table);
  const seconds = { cold: 0, changed: 0, same: 0 };
  for (const phase of PHASES) {
    onProgress(`${name}: multi-row VALUES, ${phase}`);
    await settle(superuser, writers.table);
    seconds[phase] = await writers.multiValues(phase, CONNECTIONS);
    const left = await fingerprint(superuser, writers.table, writers.columns);
    if (left !== ours?.[phase].fingerprint) {
      throw new Error(
        `${name}, ${phase}: our writer left ${ours?.[phase].fingerprint}, multi-row VALUES ${left}; times of different results are not compared`,
      );
    }
  }
  return seconds;
}

interface Times {
  readonly bare: number;
  readonly ours: readonly Record<Phase, OurRun>[];
  readonly values: Record<Phase, number>;
  readonly valuesOverTwo: number;
  readonly prismaSeconds: number;
}

function reportTimes(figures: Figures, name: string, times: Times): void {
  const ourSeconds = (phase: Phase): number =>
    median(times.ours.map((run) => run[phase].outcome.seconds));
  figures.report(`${name}.bare_copy`, times.bare, 's');
  for (const phase of PHASES) {
    figures.report(`${name}.${phase}.ours`, ourSeconds(phase), 's');
    figures.report(`${name}.${phase}.multi_values`, times.values[phase], 's');
  }
  figures.report(`${name}.cold.multi_values_2_connections`, times.valuesOverTwo, 's');
  figures.report(`${name}.cold.prisma_upsert_extrapolated`, times.prismaSeconds, 's');
  const ratio = (key: string, value: number, target: Parameters<Figures['timed']>[3]): void =>
    figures.timed(`${name}.${key}`, value, 'times', target);
  ratio('cold.faster_than_prisma_upsert', times.prismaSeconds / ourSeconds('cold'), {
    atLeast: 150,
  });
  ratio('cold.faster_than_multi_values', times.values.cold / ourSeconds('cold'), { atLeast: 3 });
  ratio('changed.faster_than_multi_values', times.values.changed / ourSeconds('changed'), {
    atLeast: 4,
  });
  ratio('same.faster_than_multi_values', times.values.same / ourSeconds('same'), { atLeast: 10 });
  ratio('cold.slower_than_bare_copy', ourSeconds('cold') / times.bare, { atMost: 7 });
}

const MAX_WAL_BYTES = 1_000_000;

/** Rows that the budget of statements is for: 50,000 to 100,000. */
const CHUNK_ROWS = 50_000;

function reportCounts(
  figures: Figures,
  name: string,
  ours: Record<Phase, OurRun> | undefined,
  set: RowSet,
): void {
  if (ours === undefined) {
    return;
  }
  const rows = countRows(set);
  const chunks = set.teams
    .map((team) => Math.ceil(countRows({ ...set, teams: [team] }) / CHUNK_ROWS))
    .reduce((sum, count) => sum + count, 0);
  const { cold, changed, same } = ours;
  figures.exactly(`${name}.cold.inserted`, cold.outcome.inserted, 'rows', { equals: rows });
  figures.exactly(`${name}.changed.updated`, changed.outcome.updated, 'rows', { equals: rows });
  figures.exactly(`${name}.same.unchanged`, same.outcome.unchanged, 'rows', { equals: rows });
  figures.exactly(`${name}.same.rows_written`, same.versionsWritten, 'rows', { equals: 0 });
  figures.exactly(`${name}.same.dead_rows`, same.deadRows, 'rows', { equals: 0 });
  figures.exactly(`${name}.same.wal`, same.wal.bytes, 'bytes', { atMost: MAX_WAL_BYTES });
  figures.report(`${name}.same.wal_records`, same.wal.records, 'records');
  figures.report(`${name}.cold.wal`, cold.wal.bytes, 'bytes');
  figures.report(`${name}.chunks`, chunks, 'chunks');
  figures.report(`${name}.cold.partition_statements`, cold.statements.partitions, 'statements');
  const { data, control } = cold.statements;
  figures.exactly(`${name}.cold.data_statements_a_chunk`, data / chunks, 'statements', {
    atMost: 2,
  });
  figures.exactly(`${name}.cold.statements_a_chunk`, (data + control) / chunks, 'statements', {
    atMost: 5,
  });
}
