export { backfillTeam } from './backfill-team.ts';
export { syncRepository } from './sync-repository.ts';
