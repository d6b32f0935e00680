/** Work in PostgreSQL. Whatever is cut off by one of these has changed nothing and may be tried again. */
export interface DatabaseDeadlines {
  /** How long a caller waits for a free connection of the pool, or for a new one, before it is told so. */
  readonly connectMs: number;
  /** How long a job waits for its transaction to begin. */
  readonly beginMs: number;
  /** A statement of a job is cut here; longer work is a chunk that is too large. */
  readonly jobMs: number;
  /** A lock that is held longer belongs to work that is stuck; the job is tried again. */
  readonly lockMs: number;
  /** How long a connection that nobody uses is kept: other processes cannot have it meanwhile. */
  readonly idleMs: number;
}

/** Reads of one answer of the API. */
export interface ReadDeadlines {
  /** How long a request waits to learn who asks. */
  readonly identityMs: number;
  /** How long a session waits for a free connection. */
  readonly maxWaitMs: number;
  /** How long a statement waits for a lock: whoever holds one for longer changes the tables. */
  readonly lockMs: number;
  /** How long a session may hold its connection; a single statement is cut at the same bound. */
  readonly holdMs: number;
  /** A replica that takes longer to say how far it is has no time for reads. */
  readonly replicaMs: number;
}

/** What a request waits for, beside its reads. */
export interface RequestDeadlines {
  /**
   * A query, or one event of a subscription: its execution and its statements end here. A mutation that has begun runs to
   * its end, and those behind it are not begun; a single statement of theirs is cut at the same bound.
   */
  readonly operationMs: number;
  /** A rollup of the team; the workflow, which writes the same row, waits longer. */
  readonly rebuildMs: number;
  /** GitHub's answer to a test of a connection; behind it the test goes on without the request. */
  readonly connectionTestMs: number;
  /** Announcements of one webhook: behind it no more are begun, and the sweep finds them. */
  readonly announcingMs: number;
  /** Requests that run when a host closes; behind it they are cut. */
  readonly drainMs: number;
  /** The headers of a request. */
  readonly headersMs: number;
  /** The body of a request, behind its headers: 2 MB of an import on a slow line, or 25 MB of a webhook. */
  readonly bodyMs: number;
  /** A client that takes no byte of its answer. Node notices it before twice that. */
  readonly sendMs: number;
}

/** Calls of Temporal's server. */
export interface TemporalDeadlines {
  /** With what comes around it, whoever asks hears within five seconds that Temporal is away. */
  readonly answerMs: number;
  /** Whoever asks whether the gateway is ready asks often, and not for long. */
  readonly readyMs: number;
  /** GitHub waits for its answer meanwhile, and a sweep finds what was not signalled. */
  readonly signalMs: number;
  /** One schedule, made or changed. Not all of them: a thousand teams have thousands. */
  readonly scheduleMs: number;
  /** A worker that a command needs: one that has just started is seen by the server a moment later. */
  readonly workerMs: number;
  /** A workflow that a command has cancelled: its running batch ends first. */
  readonly cancelMs: number;
}

/**
 * Every bound on waiting that a busy machine can reach, in milliseconds. What waits gets them as an argument: they are
 * the product's promise to those who ask, and nothing else may depend on how fast a machine is.
 */
export interface Deadlines {
  readonly database: DatabaseDeadlines;
  readonly reads: ReadDeadlines;
  readonly requests: RequestDeadlines;
  readonly temporal: TemporalDeadlines;
}

/** The product's deadlines; the factories take these where they are given no others. */
export const DEADLINES: Deadlines = {
  database: { connectMs: 5_000, beginMs: 5_000, jobMs: 25_000, lockMs: 2_000, idleMs: 2_000 },
  reads: { identityMs: 2_000, maxWaitMs: 2_000, lockMs: 2_000, holdMs: 5_000, replicaMs: 500 },
  requests: {
    operationMs: 10_000,
    rebuildMs: 2_000,
    connectionTestMs: 10_000,
    announcingMs: 2_000,
    drainMs: 4_000,
    headersMs: 10_000,
    bodyMs: 60_000,
    sendMs: 30_000,
  },
  temporal: {
    answerMs: 4_500,
    readyMs: 1_500,
    signalMs: 2_000,
    scheduleMs: 60_000,
    workerMs: 10_000,
    cancelMs: 8_000,
  },
};
