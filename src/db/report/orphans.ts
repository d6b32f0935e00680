import { formatCount } from '../../domain/core/quantities.ts';
import { withDirectConnection } from '../core/direct-connection.ts';
import { findOrphans, type OrphanCount } from '../retention/orphans.ts';
import { act, orFine, type Finding, type ReportSection } from './section.ts';

/** Names rows whose parent is not there: PostgreSQL does not enforce these keys (docs/adr/0008). */
export function evaluateOrphans(counts: readonly OrphanCount[]): readonly Finding[] {
  const findings = counts
    .filter(({ orphans }) => orphans > 0)
    .map(({ table, constraint, orphans }) =>
      act(
        `${formatCount(orphans)} rows of ${table} name a row that is not there (${constraint}).`,
        'Report it as a defect, then delete them or restore what they name.',
      ),
    );
  return orFine(
    findings,
    `No row breaks one of the ${counts.length} foreign keys that are not enforced.`,
  );
}

/** Reads every row of the large tables; nothing is locked. */
export async function readOrphans(directUrl: string): Promise<ReportSection> {
  const findings = evaluateOrphans(await withDirectConnection(directUrl, findOrphans));
  return { key: 'orphans', title: 'Orphans', columns: [], rows: [], total: 0, findings };
}
