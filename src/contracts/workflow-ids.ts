/** Workflow ids are made of business keys, so that a second start finds the first. Ids of rows are decimal strings. */

export function backfillTeamWorkflowId(teamId: string): string {
  return `backfill:${teamId}`;
}

export function syncRepositoryWorkflowId(teamId: string, repositoryId: string): string {
  return `sync:${teamId}:${repositoryId}`;
}

/** The scheduled sync of what is new in all repositories of a team. */
export function syncTeamWorkflowId(teamId: string): string {
  return `sync-team:${teamId}`;
}

export function reconcileTeamWorkflowId(teamId: string): string {
  return `reconcile:${teamId}`;
}

export function rebuildRollupsWorkflowId(teamId: string): string {
  return `rebuild:${teamId}`;
}

export function rollUpTeamWorkflowId(teamId: string): string {
  return `rollup:${teamId}`;
}

/** GitHub ignores the case of an organisation's login, so the id does too. */
export function syncAiUsageWorkflowId(teamId: string, organization: string): string {
  return `usage:${teamId}:${organization.toLowerCase()}`;
}

/** Retention of one team, or of the whole installation. */
export function applyRetentionWorkflowId(teamId: string | null): string {
  return teamId === null ? 'retention' : `retention:${teamId}`;
}

export function processWebhooksWorkflowId(teamId: string, connectionId: string): string {
  return `webhooks:${teamId}:${connectionId}`;
}

/** The sync that webhooks start: a backfill may sync the same repository at the same time. */
export function webhookSyncWorkflowId(teamId: string, repositoryId: string): string {
  return `webhook-sync:${teamId}:${repositoryId}`;
}

/** Members of the organisations that own a team's repositories. */
export function syncMembersWorkflowId(teamId: string): string {
  return `members:${teamId}`;
}

/** The test of one connection to GitHub. */
export function testConnectionWorkflowId(teamId: string, connectionId: string): string {
  return `test-connection:${teamId}:${connectionId}`;
}
