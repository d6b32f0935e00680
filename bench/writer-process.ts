// The product's writer in a process of its own, so that its memory is what is measured. Reads what to do as JSON
// from standard input, says what it did as JSON on standard output.
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { AI_USAGE } from '../src/db/usage/ai-usage-table.ts';
import { createBulkConnection } from '../src/db/bulk/bulk-connection.ts';
import { bulkUpsert, type BulkCounts } from '../src/db/bulk/bulk-upsert.ts';
import { FILE } from '../src/db/pulls/pull-request-tables.ts';
import { fileRows, usageRows, type RowSet } from './usage-rows.ts';

export interface WriterOrder {
  readonly url: string;
  readonly set: RowSet;
  readonly version: number;
  readonly syncedAt: string;
}

export interface WriterOutcome extends Omit<BulkCounts, 'duplicates'> {
  readonly seconds: number;
  readonly peakMegabytes: number;
}

/** Two, as performance.md measured its candidate: two teams at a time, or the next chunk of one. */
const CONNECTIONS = 2;

const order = JSON.parse(await text(process.stdin)) as WriterOrder;
const bulk = createBulkConnection({
  connectionString: order.url,
  poolSize: CONNECTIONS,
  applicationName: 'throughline-bench writer',
  onConnectionError: (error) => process.stderr.write(`${error.message}\n`),
});
const startedAt = performance.now();
const counts = await writeAll(order);
const seconds = (performance.now() - startedAt) / 1000;
await bulk.close();
const outcome: WriterOutcome = { ...counts, seconds, peakMegabytes: peakMegabytes() };
process.stdout.write(JSON.stringify(outcome));

async function writeAll({ set, version, syncedAt }: WriterOrder): Promise<BulkCounts> {
  const total = { inserted: 0, updated: 0, unchanged: 0, duplicates: 0 };
  const teams = [...set.teams];
  const worker = async (): Promise<void> => {
    for (let team = teams.shift(); team !== undefined; team = teams.shift()) {
      const teamId = BigInt(team.teamId);
      const written =
        set.kind === 'usage'
          ? await bulkUpsert(
              bulk,
              AI_USAGE,
              teamId,
              usageRows(set, team, version, new Date(syncedAt)),
            )
          : await bulkUpsert(bulk, FILE, teamId, fileRows(team, version));
      total.inserted += written.inserted;
      total.updated += written.updated;
      total.unchanged += written.unchanged;
      total.duplicates += written.duplicates;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return total;
}

/** The system's own peak memory of this program; that of getrusage also counts the program that started it. */
function peakMegabytes(): number {
  if (process.platform !== 'linux') {
    return (process.resourceUsage().maxRSS * 1024) / 1e6;
  }
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}
