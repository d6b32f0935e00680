import type { OpenStage } from '../../db/sync/repository-stages.ts';

/**
 * What a stage takes from a page of a list that comes newest first.
 * @param changing when the oldest thing was created that may still change; null when there is none
 */
export function takeNewest<Fact extends { readonly createdAt: Date }>(
  page: readonly Fact[],
  stage: OpenStage,
  changing: Date | null,
) {
  const floor = changing !== null && changing < stage.from ? changing : stage.from;
  return {
    // The newest of all is stored however old it is: the next sync sees by it that there is nothing new.
    wanted: page.filter(
      ({ createdAt }, index) => createdAt >= floor || (stage.cursor === null && index === 0),
    ),
    /** Whether the page goes back further than what may be new. */
    isBeyond: page.some(({ createdAt }) => createdAt < floor),
    newestSeenAt: page[0]?.createdAt ?? null,
  };
}
