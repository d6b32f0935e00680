/** Ids are made of business keys, so that a second start meets the first. Ids of rows are decimal strings. */

export function backfillTeamWorkflowId(teamId: string): string {
  return `backfill:${teamId}`;
}

export function syncRepositoryWorkflowId(teamId: string, repositoryId: string): string {
  return `sync:${teamId}:${repositoryId}`;
}

export function rebuildRollupsWorkflowId(teamId: string): string {
  return `rebuild:${teamId}`;
}

export function rollUpTeamWorkflowId(teamId: string): string {
  return `rollup:${teamId}`;
}

/** The organisation's login is not case-sensitive on GitHub. */
export function syncAiUsageWorkflowId(teamId: string, organization: string): string {
  return `usage:${teamId}:${organization.toLowerCase()}`;
}

/** Retention of one team, or of the whole installation. */
export function applyRetentionWorkflowId(teamId: string | null): string {
  return teamId === null ? 'retention' : `retention:${teamId}`;
}
