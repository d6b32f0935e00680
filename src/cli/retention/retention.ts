import Table from 'cli-table3';
import { formatBytes, formatCount } from '../../domain/core/quantities.ts';
import { retainInstallation, type RetentionSummary } from '../../runtime/retention/retention.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';
import { RETENTION_TABLES, type RetentionFlags } from './retention-flags.ts';

/** Rows of a table beyond which it pays to give the space back at once. */
const MANY_ROWS = 10_000;

/** No colours, and no line between two rows. */
const PLAIN = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** Removes what is older than the teams' settings, or shows what would be removed. */
export async function retentionCommand(
  context: CommandContext,
  flags: RetentionFlags,
): Promise<number> {
  const summary = await retainInstallation(await openDatabase(context), {
    dryRun: flags.dryRun,
    days: flags.days ?? null,
    kind: flags.table === undefined ? null : RETENTION_TABLES[flags.table],
    teamSlug: flags.team ?? null,
    now: new Date(),
    signal: context.lifetime.signal,
    onProgress: (message) => context.progress.update(message),
  });
  context.progress.stop();
  context.print(flags.json ? `${JSON.stringify(summary)}\n` : renderRetention(summary));
  return 0;
}

/** What would go or went, as text. */
export function renderRetention(summary: RetentionSummary): string {
  const tables = summary.teams.flatMap(({ slug, tables: expired }) =>
    expired.filter(({ rows }) => rows > 0).map((table) => ({ slug, ...table })),
  );
  const parts: string[] = [];
  if (tables.length === 0 && summary.partitions.length === 0) {
    parts.push('Nothing is older than the teams keep it.');
  }
  if (summary.partitions.length > 0) {
    parts.push('Months of AI usage that no team keeps', renderPartitions(summary));
  }
  if (tables.length > 0) {
    const table = new Table({
      ...PLAIN,
      head: [
        'team',
        'table',
        'kept from',
        'rows',
        'oldest',
        'newest',
        summary.dryRun ? 'oldest rows' : 'deleted',
      ],
    });
    for (const { slug, table: name, cutoff, rows, oldest, newest, deleted, examples } of tables) {
      const last = summary.dryRun
        ? examples.map((example) => Object.values(example).join(' ')).join('\n')
        : formatCount(deleted);
      table.push([slug, name, cutoff, formatCount(rows), oldest ?? '–', newest ?? '–', last]);
    }
    parts.push(
      summary.dryRun
        ? 'Rows that would go'
        : 'Rows that were too old; whole months went with their partition',
      table.toString(),
    );
  }
  parts.push(...summary.skipped, ...adviseVacuum(tables));
  if (summary.dryRun && (tables.length > 0 || summary.partitions.length > 0)) {
    parts.push('Nothing was removed: this was a dry run.');
  }
  return `${parts.join('\n')}\n`;
}

function renderPartitions({ partitions }: RetentionSummary): string {
  const table = new Table({ ...PLAIN, head: ['partition', 'rows', 'size', 'state'] });
  for (const { name, rows, bytes, outcome } of partitions) {
    table.push([name, formatCount(rows), formatBytes(bytes), outcome.toLowerCase()]);
  }
  return table.toString();
}

/** Autovacuum comes by itself; after a large deletion somebody may not want to wait for it. */
function adviseVacuum(
  tables: readonly { readonly table: string; readonly deleted: number }[],
): string[] {
  const deleted = new Map<string, number>();
  for (const { table, deleted: rows } of tables) {
    deleted.set(table, (deleted.get(table) ?? 0) + rows);
  }
  return [...deleted]
    .filter(([, rows]) => rows > MANY_ROWS)
    .map(
      ([table, rows]) =>
        `${formatCount(rows)} rows went from ${table}: autovacuum will make their space usable again; VACUUM (ANALYZE) ${table} does it at once.`,
    );
}
