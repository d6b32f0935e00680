/** The queues that work waits on. A workflow and its tasks run on the queue of their kind. */
export const TASK_QUEUES = {
  /** Waiting on GitHub: many at a time, little CPU. */
  sync: 'sync',
  /** Calls to a language model: few, rate-limited by the server. */
  llm: 'llm',
  /** Set-based SQL: as many as there are cores. */
  compute: 'compute',
} as const;

export type TaskQueue = keyof typeof TASK_QUEUES;
