/**
 * Why a sync does not move on, discriminated by its kind: what GitHub asks for has a time, a pause and a task queue that no
 * worker polls have none. Each further reason is one more kind, here and in `describeSyncWait`.
 */
export type SyncWait =
  | { readonly kind: 'GITHUB'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'PAUSED'; readonly since: Date }
  | { readonly kind: 'NO_WORKER'; readonly reason: string };

export type SyncWaitKind = SyncWait['kind'];

/** A wait as people are shown it; `until` is null where nobody knows when it ends. */
export interface DescribedSyncWait {
  readonly kind: SyncWaitKind;
  readonly reason: string;
  readonly since: Date | null;
  readonly until: Date | null;
}

/** Says a wait in the same words to all who show one. */
export function describeSyncWait(wait: SyncWait): DescribedSyncWait {
  switch (wait.kind) {
    case 'GITHUB':
      return { kind: wait.kind, reason: wait.reason, since: null, until: wait.until };
    case 'PAUSED':
      return { kind: wait.kind, reason: 'an admin paused it', since: wait.since, until: null };
    case 'NO_WORKER':
      return { kind: wait.kind, reason: wait.reason, since: null, until: null };
  }
}
