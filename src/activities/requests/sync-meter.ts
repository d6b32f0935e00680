import type { SyncOutcome } from '../../contracts/sync.ts';
import type { GitHubResource } from '../../domain/pulls/github-facts.ts';

/** Hears what syncs do, to count it; it never throws. */
export interface SyncMeter {
  /** A request to GitHub has ended; `points` is what its answer says it cost, 0 where it says nothing. */
  onRequest(request: {
    readonly resource: GitHubResource;
    readonly result: 'answered' | 'failed';
    readonly points: number;
  }): void;
  /** GitHub must not be asked: a limit stands, or others of the same account go first. */
  onWait(reason: 'limit' | 'busy'): void;
  /** A page of pull requests is committed. `outcome` is that of the pages where it was the last one. */
  onPage(page: { readonly pullRequests: number; readonly outcome: SyncOutcome | null }): void;
}
