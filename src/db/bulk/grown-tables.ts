import type { Db } from '../core/client.ts';

/**
 * Has tables of facts analysed that have grown to more than four times what the planner knows of: a first backfill is
 * over before autovacuum comes by, and its plans would be made without statistics. What stands in no statistics yet
 * must be committed to be seen.
 * @returns how many tables were analysed
 */
export async function analyzeGrownTables(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ analyzed: number }[]>`
    SELECT throughline_analyze_grown() AS analyzed`;
  return row?.analyzed ?? 0;
}
