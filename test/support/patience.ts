import { DEADLINES, type Deadlines } from '../../src/domain/core/deadlines.ts';

/** Longer than any test may take: what would wait for this has to end for another reason. */
export const NEVER_MS = 3_600_000;

/** How long tests wait for what must come. It bounds a hang, and says nothing about how fast a machine is. */
export const PATIENCE_MS = 240_000;

/** For tests whose subject is not a deadline: they pass however busy the machine is. */
export const PATIENT: Deadlines = {
  database: {
    connectMs: NEVER_MS,
    beginMs: NEVER_MS,
    jobMs: NEVER_MS,
    lockMs: NEVER_MS,
    idleMs: DEADLINES.database.idleMs,
  },
  reads: {
    identityMs: NEVER_MS,
    maxWaitMs: NEVER_MS,
    lockMs: NEVER_MS,
    holdMs: NEVER_MS,
    replicaMs: NEVER_MS,
  },
  requests: {
    operationMs: NEVER_MS,
    rebuildMs: NEVER_MS,
    connectionTestMs: NEVER_MS,
    announcingMs: NEVER_MS,
    drainMs: NEVER_MS,
    headersMs: NEVER_MS,
    bodyMs: NEVER_MS,
    sendMs: NEVER_MS,
  },
  temporal: {
    answerMs: NEVER_MS,
    readyMs: NEVER_MS,
    signalMs: NEVER_MS,
    scheduleMs: NEVER_MS,
    workerMs: PATIENCE_MS,
    cancelMs: PATIENCE_MS,
  },
};
