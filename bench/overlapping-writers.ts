import { AI_USAGE, type AiUsageRow } from '../src/db/usage/ai-usage-table.ts';
import { createBulkConnection } from '../src/db/bulk/bulk-connection.ts';
import { bulkUpsert } from '../src/db/bulk/bulk-upsert.ts';
import { addDays } from '../src/domain/rollups/week.ts';
import type { Figures } from './figures.ts';
import { countDeadlocks } from './server-counters.ts';
import type { UsageBench } from './usage-bench.ts';
import { FIRST_DAY, type TeamRows } from './usage-rows.ts';

export interface OverlappingWriters {
  readonly team: TeamRows;
  readonly batches: number;
  readonly batchRows: number;
}

const WRITERS = 20;

/** Every so many batches one is large enough for the COPY write path. */
const LARGE_EVERY = 50;
const LARGE_ROWS = 5_500;

/** Keys that all writers fight for: this many days of all members. */
const DAYS = 80;

const BEGIN_MS = Date.UTC(2025, 5, 1);

/**
 * Writers on one team and the same keys, each batch in an order of its own and with a later time than every batch
 * before it. Each key must end with the latest value that anybody wrote.
 */
export async function measureOverlappingWriters(
  { database, onProgress }: UsageBench,
  figures: Figures,
  { team, batches, batchRows }: OverlappingWriters,
): Promise<void> {
  const { superuser } = database;
  onProgress(`${WRITERS} writers on overlapping keys, ${batches} batches`);
  await superuser.query('TRUNCATE ai_usage_daily, rollup_dirty');
  const deadlocksBefore = await countDeadlocks(superuser);
  const bulk = createBulkConnection({
    connectionString: database.url('application'),
    poolSize: WRITERS,
    applicationName: 'throughline-bench writers',
    onConnectionError: (error) => onProgress(error.message),
  });
  const teamId = BigInt(team.teamId);
  const expected = new Map<string, number>();
  const random = createRandom(1);
  let next = 0;
  let counted = 0;
  const write = async (): Promise<void> => {
    while (next < batches) {
      const batch = next;
      next += 1;
      const count = batch % LARGE_EVERY === 0 ? LARGE_ROWS : batchRows;
      const rows = Array.from({ length: count }, () => makeRow(team, batch, random));
      for (const row of rows) {
        const key = keyOf(row.memberId, row.date);
        expected.set(key, Math.max(expected.get(key) ?? 0, batch));
      }
      const { inserted, updated, unchanged, duplicates } = await bulkUpsert(
        bulk,
        AI_USAGE,
        teamId,
        rows,
      );
      counted += inserted + updated + unchanged + duplicates - count;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await bulk.close();
  const { rows } = await superuser.query<{ key: string; batch: string }>(
    `SELECT member_id || ' ' || date AS key, interactions AS batch FROM ai_usage_daily`,
  );
  const stored = new Map(rows.map(({ key, batch }) => [key, Number(batch)]));
  const lost = [...expected].filter(([key, batch]) => stored.get(key) !== batch).length;
  figures.exactly('writers.batches', next, 'batches', { equals: batches });
  figures.report('writers.keys', expected.size, 'keys');
  figures.exactly('writers.uncounted_rows', counted, 'rows', { equals: 0 });
  figures.exactly('writers.deadlocks', (await countDeadlocks(superuser)) - deadlocksBefore, '', {
    equals: 0,
  });
  figures.exactly('writers.lost_updates', lost + stored.size - expected.size, 'keys', {
    equals: 0,
  });
}

function makeRow({ parentIds }: TeamRows, batch: number, random: () => number): AiUsageRow {
  return {
    memberId: BigInt(parentIds[Math.floor(random() * parentIds.length)] ?? 0),
    date: addDays(FIRST_DAY, Math.floor(random() * DAYS)),
    source: 'COPILOT',
    suggestionsShown: batch,
    suggestionsAccepted: 0,
    linesSuggested: 0,
    linesAccepted: 0,
    interactions: batch,
    activeHours: null,
    credits: null,
    syncedAt: new Date(BEGIN_MS + batch),
  };
}

function keyOf(memberId: bigint, date: string): string {
  return `${memberId} ${date}`;
}

/** The same numbers in every run (mulberry32), from 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
