import { readNature, type ChangeTexts } from '../../domain/pulls/change-nature.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';

/** Reads anew from what is stored of pull requests whether they are reverts or hotfixes. Marks nothing dirty. */
export async function recomputeNatures(
  tx: DbTransaction,
  teamId: bigint,
  ids: readonly bigint[],
): Promise<void> {
  const rows = await tx.$queryRaw<(ChangeTexts & { readonly id: bigint })[]>`
    SELECT p.id, p.number, p.title, p.body, p.url, p.head_branch AS "headBranch",
      ARRAY(SELECT l.label FROM pull_request_label l WHERE l.team_id = p.team_id AND l.pull_request_id = p.id) AS labels
    FROM pull_request p
    WHERE p.team_id = ${teamId} AND p.id = ANY (${toArrayLiteral(ids)}::text::bigint[])`;
  const natures = rows.map((row) => ({ id: row.id, ...readNature(row) }));
  await tx.$executeRaw`
    UPDATE pull_request p SET is_revert = n.is_revert, is_hotfix = n.is_hotfix, reverts = n.reverts::text[]
    FROM unnest(${toArrayLiteral(natures.map(({ id }) => id))}::text::bigint[],
      ${toArrayLiteral(natures.map(({ isRevert }) => isRevert))}::text::boolean[],
      ${toArrayLiteral(natures.map(({ isHotfix }) => isHotfix))}::text::boolean[],
      ${toArrayLiteral(natures.map(({ reverts }) => toArrayLiteral(reverts)))}::text::text[])
      AS n(id, is_revert, is_hotfix, reverts)
    WHERE p.team_id = ${teamId} AND p.id = n.id
      AND (p.is_revert, p.is_hotfix, p.reverts) IS DISTINCT FROM (n.is_revert, n.is_hotfix, n.reverts::text[])`;
}
