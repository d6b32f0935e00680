import { churn } from './experiments/churn.ts';
import { cutCommits } from './experiments/cut-commits.ts';
import { duplicateStarts } from './experiments/duplicate-starts.ts';
import { killWorker } from './experiments/kill-worker.ts';
import { poison } from './experiments/poison.ts';
import { primaryLimit, secondaryLimit } from './experiments/rate-limits.ts';
import { repositoryEvents } from './experiments/repository-events.ts';
import { restartPostgres } from './experiments/restart-postgres.ts';
import { restartTemporal } from './experiments/restart-temporal.ts';
import { revokedToken } from './experiments/revoked-token.ts';
import { rewrittenBranches } from './experiments/rewritten-branches.ts';
import { rollingDeploy } from './experiments/rolling-deploy.ts';
import { serverErrors } from './experiments/server-errors.ts';
import { corruptedAnswers } from './experiments/corrupted-answers.ts';
import type { Experiment } from './experiment.ts';

/** The faults that a sync must survive, in the order of reliability.md G. */
export const SYNC_EXPERIMENTS: readonly Experiment[] = [
  killWorker,
  rollingDeploy,
  restartTemporal,
  restartPostgres,
  cutCommits,
  serverErrors,
  primaryLimit,
  secondaryLimit,
  corruptedAnswers,
  repositoryEvents,
  rewrittenBranches,
  churn,
  revokedToken,
  poison,
  duplicateStarts,
];
