import type { NestedFacts, NestedListName } from '../../domain/pulls/github-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';

/** What names the rows of a page of a list among all of the list's rows. */
export function seenKeys(facts: NestedFacts, list: NestedListName): string[] {
  const keys: Readonly<Record<NestedListName, () => string[]>> = {
    LABELS: () => [...facts.labels],
    TIMELINE: () => [
      ...facts.reviews.map(({ githubId }) => `review:${githubId}`),
      ...facts.comments.map(({ githubId }) => `comment:${githubId}`),
      ...facts.events.map(({ eventId }) => `event:${eventId}`),
    ],
    COMMITS: () => facts.commits.map(({ sha }) => sha),
    FILES: () => (facts.files ?? []).map(({ path }) => path),
    CHECKS: () => (facts.checks ?? []).map(({ checkId }) => checkId),
  };
  const gaps = facts.gaps.filter((gap) => gap.list === list);
  return [...keys[list](), ...gaps.map(({ item, field }) => `gap:${field}:${item}`)];
}

/** How the key of a gap is written, as an SQL expression. */
const GAP_KEY = `'gap:' || c.field || ':' || c.item`;

/** Tables whose rows a list brings, and how a row's key is written. */
const ROWS: Readonly<
  Record<
    NestedListName,
    readonly { readonly table: string; readonly key: string; readonly where?: string }[]
  >
> = {
  LABELS: [{ table: 'pull_request_label', key: 'c.label' }],
  TIMELINE: [
    { table: 'review', key: `'review:' || c.github_id` },
    { table: 'comment', key: `'comment:' || c.github_id`, where: `AND c.kind = 'ISSUE'` },
    { table: 'pull_request_event', key: `'event:' || c.event_id` },
  ],
  COMMITS: [{ table: 'commit', key: 'c.sha' }],
  FILES: [{ table: 'pull_request_file', key: 'c.path' }],
  CHECKS: [{ table: 'check_run', key: 'c.check_id' }],
};

/** Where the evidence of a signal lies that came with a row of a list. */
const SIGNAL_ROWS: readonly (readonly [list: NestedListName, prefix: string, row: string])[] = [
  ['TIMELINE', 'review:', 'review r WHERE r.github_id::text ='],
  ['COMMITS', 'commit:', 'commit r WHERE r.sha ='],
  ['FILES', 'file:', 'pull_request_file r WHERE r.path ='],
];

/** Removes what a list never showed from its start to its end, and the signals that lay there. */
export async function removeVanished(
  tx: DbTransaction,
  key: { readonly teamId: bigint; readonly pullRequestId: bigint },
  list: NestedListName,
): Promise<void> {
  const gaps = { table: 'pull_request_gap', key: GAP_KEY, where: 'AND c.list = $3' };
  for (const { table, key: name, where = '' } of [...ROWS[list], gaps]) {
    await tx.$executeRawUnsafe(
      `DELETE FROM "${table}" c WHERE c.team_id = $1::bigint AND c.pull_request_id = $2::bigint ${where}
         AND NOT EXISTS (SELECT 1 FROM nested_list_key k WHERE k.team_id = $1::bigint
           AND k.pull_request_id = $2::bigint AND k.list = $3 AND k.key = ${name})`,
      key.teamId,
      key.pullRequestId,
      list,
    );
  }
  for (const [, prefix, row] of SIGNAL_ROWS.filter(([name]) => name === list)) {
    await tx.$executeRawUnsafe(
      `DELETE FROM ai_signal a WHERE a.team_id = $1::bigint AND a.pull_request_id = $2::bigint
         AND starts_with(a.location, $3)
         AND NOT EXISTS (SELECT 1 FROM ${row} substr(a.location, length($3) + 1)
           AND r.team_id = $1::bigint AND r.pull_request_id = $2::bigint)`,
      key.teamId,
      key.pullRequestId,
      prefix,
    );
  }
}

/**
 * Removes signals from sources that were read now and no longer show them.
 * @param withOwn whether the pull requests' own texts were read too: all sources that are no row of a list
 */
export async function removeStaleSignals(
  tx: DbTransaction,
  teamId: bigint,
  rows: readonly { readonly pullRequestId: bigint; readonly fact: NestedFacts }[],
  withOwn: boolean,
): Promise<void> {
  const shown = rows.flatMap(({ pullRequestId, fact }) =>
    [
      ...(withOwn ? [''] : []),
      ...fact.reviews.map(({ githubId }) => `review:${githubId}`),
      ...fact.commits.map(({ sha }) => `commit:${sha}`),
      ...(fact.files ?? []).map(({ path }) => `file:${path}`),
    ].map((location) => ({ pullRequestId, location })),
  );
  const kept = rows.flatMap(({ pullRequestId, fact }) =>
    fact.aiSignals.map((signal) => ({ pullRequestId, ...signal })),
  );
  await tx.$executeRaw`
    DELETE FROM ai_signal a
    USING unnest(${toArrayLiteral(shown.map((one) => one.pullRequestId))}::text::bigint[],
      ${toArrayLiteral(shown.map((one) => one.location))}::text::text[]) AS shown(id, location)
    WHERE a.team_id = ${teamId} AND a.pull_request_id = shown.id
      AND (a.location = shown.location OR (shown.location = '' AND a.location !~ '^(review|commit|file):'))
      AND NOT EXISTS (SELECT 1 FROM unnest(${toArrayLiteral(kept.map((one) => one.pullRequestId))}::text::bigint[],
          ${toArrayLiteral(kept.map((one) => one.tool))}::text::text[],
          ${toArrayLiteral(kept.map((one) => one.kind))}::text::text[],
          ${toArrayLiteral(kept.map((one) => one.location))}::text::text[]) AS kept(id, tool, kind, location)
        WHERE kept.id = a.pull_request_id AND kept.tool = a.tool AND kept.kind = a.kind AND kept.location = a.location)`;
}
