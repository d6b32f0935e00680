import type { BaseKind } from '../pulls/base-kinds.ts';
import type { RowKey } from './rows-by-key.ts';
import type { Condition } from './keyset-page.ts';

/** All given parts must hold; ranges are half-open. A part that is null is not given. */
export interface PullRequestFilter {
  readonly state?: 'OPEN' | 'CLOSED' | 'MERGED' | null | undefined;
  readonly repository?: RowKey | undefined;
  readonly author?: RowKey | undefined;
  /** An asterisk stands for any characters. */
  readonly baseBranch?: string | null | undefined;
  readonly baseKind?: BaseKind | null | undefined;
  readonly createdFrom?: Date | null | undefined;
  readonly createdTo?: Date | null | undefined;
  readonly mergedFrom?: Date | null | undefined;
  readonly mergedTo?: Date | null | undefined;
}

/** The conditions of a filter on pull requests, in a fixed order, so that equal filters are equal text. */
export function toConditions(filter: PullRequestFilter): Condition[] {
  const candidates: readonly (readonly [text: string, value: Condition['value'] | undefined])[] = [
    ['t.state = ?::text', filter.state],
    // The key's team too: a repository of another team must not match a row of this one by its number.
    ['t.team_id = ?::bigint', filter.repository?.teamId],
    ['t.repository_id = ?::bigint', filter.repository?.id],
    ['t.team_id = ?::bigint', filter.author?.teamId],
    ['t.author_id = ?::bigint', filter.author?.id],
    ['t.base_branch LIKE ?::text', toLikePattern(filter.baseBranch)],
    ['t.base_kind = ?::text', filter.baseKind],
    ['t.created_at >= ?::timestamptz', filter.createdFrom],
    ['t.created_at < ?::timestamptz', filter.createdTo],
    ['t.merged_at >= ?::timestamptz', filter.mergedFrom],
    ['t.merged_at < ?::timestamptz', filter.mergedTo],
  ];
  return candidates.flatMap(([text, value]) =>
    value === undefined || value === null ? [] : [{ text, value }],
  );
}

function toLikePattern(pattern: string | null | undefined): string | null {
  return pattern == null ? null : pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
