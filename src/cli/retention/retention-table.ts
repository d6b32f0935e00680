import type { ApplyRetentionResult } from '../../contracts/retention.ts';
import { formatBytes, formatCount } from '../../domain/core/quantities.ts';
import { renderTable } from '../core/plain-table.ts';
import type { RetentionPreview } from '../../runtime/database/preview-retention.ts';

/** Rows of a table beyond which it pays to give the space back at once. */
const MANY_ROWS = 10_000;

const ALL_LEFT = (): boolean => true;

const NOTHING = 'Nothing is older than the teams keep it.\n';

/** What would be removed, as text. */
export function renderPreview({ partitions, teams, skipped }: RetentionPreview): string {
  const tables = teams.flatMap(({ slug, tables: expired }) =>
    expired.filter(({ rows }) => rows > 0).map((table) => ({ slug, ...table })),
  );
  if (tables.length === 0 && partitions.length === 0) {
    return [NOTHING, ...skipped.map((sentence) => `${sentence}\n`)].join('');
  }
  const parts: string[] = [];
  if (partitions.length > 0) {
    const rows = partitions.map((each) => [
      each.name,
      formatCount(each.rows),
      formatBytes(each.bytes),
    ]);
    const table = renderTable(['partition', 'rows', 'size'], rows, ALL_LEFT);
    parts.push('Months of AI usage that no team keeps', table);
  }
  if (tables.length > 0) {
    const head = ['team', 'table', 'kept from', 'rows', 'oldest', 'newest', 'oldest rows'];
    const cells = tables.map(({ slug, table, cutoff, rows, oldest, newest, examples }) => {
      const first = examples.map((example) => Object.values(example).join(' ')).join('\n');
      return [slug, table, cutoff, formatCount(rows), oldest ?? '–', newest ?? '–', first];
    });
    parts.push('Rows that would go', renderTable(head, cells, ALL_LEFT));
  }
  return `${[...parts, ...skipped, 'Nothing was removed: this was a dry run.'].join('\n')}\n`;
}

/**
 * What was removed, as text.
 * @param joined whether a removal was already running, whose options counted
 */
export function renderResult(result: ApplyRetentionResult, joined: boolean): string {
  const { partitionsDropped, partitionsBusy, teamsWaiting, skipped } = result;
  const tables = Object.entries(result.rowsByTable).filter(([, rows]) => rows > 0);
  const parts = joined ? ['A removal was already running: it was joined, with its options.'] : [];
  if (partitionsDropped.length > 0) {
    parts.push(`Months of AI usage that were dropped: ${partitionsDropped.join(', ')}.`);
  }
  if (tables.length > 0) {
    const rows = tables.map(([name, deleted]) => [name, formatCount(deleted)]);
    const table = renderTable(['table', 'deleted'], rows, ALL_LEFT);
    parts.push('Rows that were too old; whole months went with their partition', table);
  }
  parts.push(
    ...partitionsBusy.map(
      (name) => `${name} is still used by a transaction: the next run drops it.`,
    ),
    ...skipped,
  );
  if (teamsWaiting > 0) {
    parts.push(
      `AI usage of ${formatCount(teamsWaiting)} team(s) stays: weeks of it are not rolled up yet, run retention again when they are.`,
    );
  }
  // Autovacuum comes by itself; after a large deletion somebody may not want to wait for it.
  for (const [name, rows] of tables.filter(([, deleted]) => deleted > MANY_ROWS)) {
    parts.push(
      `${formatCount(rows)} rows went from ${name}: autovacuum will make their space usable again; VACUUM (ANALYZE) ${name} does it at once.`,
    );
  }
  return parts.length === 0 ? NOTHING : `${parts.join('\n')}\n`;
}
