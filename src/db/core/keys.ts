/** A repository of a team. */
export interface RepositoryKey {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
}

/** A team's connection to GitHub. */
export interface ConnectionKey {
  readonly teamId: bigint;
  readonly connectionId: bigint;
}
