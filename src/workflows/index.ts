export { backfillTeam } from './backfill-team.ts';
export { syncRepository } from './sync-repository.ts';
export { syncAiUsage } from './sync-ai-usage.ts';
export { applyRetention } from './apply-retention.ts';
export { keepHouse } from './keep-house.ts';
export { rebuildRollups } from './rebuild-rollups.ts';
export { rollUpTeam } from './roll-up-team.ts';
