import type { Wait, WaitStep } from '../../contracts/wait.ts';

/** GitHub must not be asked now. An activity answers it with a wait, for which its workflow sets a timer. */
export class RetryAfter extends Error {
  readonly until: Date;

  /** @param reason why, as an admin reads it while a sync waits */
  constructor(until: Date, reason: string) {
    super(reason);
    this.name = 'RetryAfter';
    this.until = until;
  }

  /** The wait as workflows are told of it. */
  toWait(): Wait {
    return { until: this.until.toISOString(), reason: this.message };
  }
}

/** What work answers, or the wait where GitHub must not be asked now. */
export async function orWait<T>(work: Promise<T>): Promise<T | WaitStep> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RetryAfter) {
      return { next: 'WAIT', ...error.toWait() };
    }
    throw error;
  }
}
