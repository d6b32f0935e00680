/** The task queues. A workflow and its activities run on the queue of their kind. */
export const TASK_QUEUES = {
  /** Work that mostly waits for GitHub: many tasks at a time, little CPU. */
  sync: 'sync',
  /** Calls to a language model: few at a time, with a rate limit that the server applies. */
  llm: 'llm',
  /** Set-based SQL: as many tasks at a time as there are cores. */
  compute: 'compute',
} as const;

export type TaskQueue = keyof typeof TASK_QUEUES;
