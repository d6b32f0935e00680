/** Ids are made of business keys, so that a second start meets the first. Ids of rows are decimal strings. */

export function backfillTeamWorkflowId(teamId: string): string {
  return `backfill:${teamId}`;
}

export function syncRepositoryWorkflowId(teamId: string, repositoryId: string): string {
  return `sync:${teamId}:${repositoryId}`;
}
