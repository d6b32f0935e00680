export interface EstimateInput {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Share of the work that is done, 0 to 1. */
  readonly fractionDone: number;
  readonly waitingUntil: Date | null;
  readonly now: Date;
}

/** Below this share the past says nothing about the rest. */
const MIN_FRACTION = 0.02;

/** What an Int of GraphQL holds, 68 years: a clock that is years ahead must not cost the run its progress. */
const MAX_SECONDS = 2 ** 31 - 1;

/** Whole seconds that are left at the pace so far, with the wait that is on; null when it cannot be told. */
export function estimateSecondsLeft(input: EstimateInput): number | null {
  const { fractionDone, now } = input;
  if (input.finishedAt !== null || fractionDone < MIN_FRACTION) {
    return null;
  }
  const elapsedMs = Math.max(0, now.getTime() - input.startedAt.getTime());
  const waitMs = Math.max(0, (input.waitingUntil?.getTime() ?? 0) - now.getTime());
  const restMs = (elapsedMs * (1 - fractionDone)) / fractionDone;
  return Math.min(Math.round((restMs + waitMs) / 1000), MAX_SECONDS);
}
