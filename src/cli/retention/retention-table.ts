import Table from 'cli-table3';
import type { ApplyRetentionResult } from '../../contracts/retention.ts';
import { formatBytes, formatCount } from '../../domain/core/quantities.ts';
import type { RetentionPreview } from '../../runtime/database/preview-retention.ts';

/** Rows of a table beyond which it pays to give the space back at once. */
const MANY_ROWS = 10_000;

/** No colours, and no line between two rows. */
const PLAIN = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

const NOTHING = 'Nothing is older than the teams keep it.\n';

/** What would be removed, as text. */
export function renderPreview({ partitions, teams }: RetentionPreview): string {
  const tables = teams.flatMap(({ slug, tables: expired }) =>
    expired.filter(({ rows }) => rows > 0).map((table) => ({ slug, ...table })),
  );
  if (tables.length === 0 && partitions.length === 0) {
    return NOTHING;
  }
  const parts: string[] = [];
  if (partitions.length > 0) {
    const table = new Table({ ...PLAIN, head: ['partition', 'rows', 'size'] });
    for (const { name, rows, bytes } of partitions) {
      table.push([name, formatCount(rows), formatBytes(bytes)]);
    }
    parts.push('Months of AI usage that no team keeps', table.toString());
  }
  if (tables.length > 0) {
    const head = ['team', 'table', 'kept from', 'rows', 'oldest', 'newest', 'oldest rows'];
    const table = new Table({ ...PLAIN, head });
    for (const { slug, table: name, cutoff, rows, oldest, newest, examples } of tables) {
      const first = examples.map((example) => Object.values(example).join(' ')).join('\n');
      table.push([slug, name, cutoff, formatCount(rows), oldest ?? '–', newest ?? '–', first]);
    }
    parts.push('Rows that would go', table.toString());
  }
  return `${[...parts, 'Nothing was removed: this was a dry run.'].join('\n')}\n`;
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
    const table = new Table({ ...PLAIN, head: ['table', 'deleted'] });
    table.push(...tables.map(([name, rows]) => [name, formatCount(rows)]));
    parts.push('Rows that were too old; whole months went with their partition', table.toString());
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
