/** GitHub must not be asked before `until`, ISO 8601 in UTC; the reason is for the admin who sees a workflow wait. */
export interface Wait {
  readonly until: string;
  readonly reason: string;
}

/** The answer of an activity that has to wait: the same request is made again at that time. */
export interface WaitStep extends Wait {
  readonly next: 'WAIT';
}
