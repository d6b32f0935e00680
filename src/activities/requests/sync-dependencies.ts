import type { Db } from '../../db/core/client.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import type { GitHub } from '../../github/client.ts';
import type { GitHubCredential } from '../../github/connections/credential.ts';
import type { SyncMeter } from './sync-meter.ts';

/** Moments inside an activity at which a fault experiment may stop the process. */
export type SyncFailpoint = 'before-fetch' | 'after-fetch' | 'before-commit' | 'after-commit';

export interface SyncActivityDependencies {
  readonly db: Db;
  readonly secrets: SecretBox;
  /** Makes a client for one credential, whose requests end by the deadline. */
  readonly createGitHub: (credential: GitHubCredential, deadline?: AbortSignal) => GitHub;
  /** Identities that this process asks GitHub with at a time; each holds a database connection while it asks. */
  readonly concurrentRequests: number;
  /** Share of GitHub's limit, 0 to 1, that syncs leave to interactive use. */
  readonly reserve: number;
  readonly now: () => Date;
  /** Hears what is asked, waited for and stored. */
  readonly meter?: SyncMeter | undefined;
  /** Called at each moment; does nothing unless a fault experiment listens. */
  readonly onFailpoint?: (failpoint: SyncFailpoint) => Promise<void>;
}
