/** Keys of rows in the inputs of workflows and activities. Ids are decimal strings: JSON keeps them whole. */

export interface TeamInput {
  readonly teamId: string;
}

/** A team's connection to GitHub. */
export interface ConnectionInput extends TeamInput {
  readonly connectionId: string;
}

export interface RepositoryInput extends TeamInput {
  readonly repositoryId: string;
}

/** A sync by its row in sync_run. */
export interface SyncRunInput extends TeamInput {
  readonly syncRunId: string;
}
