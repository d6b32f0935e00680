import type { TaskQueue } from '../../contracts/task-queues.ts';

/** An attempt of an activity that has ended. */
export interface EndedActivity {
  /** Its type, of those that are registered. */
  readonly activity: string;
  readonly queue: TaskQueue;
  readonly result: 'completed' | 'failed' | 'cancelled';
  readonly durationMs: number;
  /** What it answered; undefined where it failed. */
  readonly answer: unknown;
}

/** Hears of the activities of a worker, to count them; it never throws. */
export interface ActivityMeter {
  /** A worker has started that runs up to so many activities of the queue at a time. */
  onSlots(queue: TaskQueue, slots: number): void;
  onBegin(queue: TaskQueue): void;
  onEnd(ended: EndedActivity): void;
}

/** Whose activities are heard of. */
export interface MeteredQueue {
  readonly queue: TaskQueue;
  readonly meter: ActivityMeter;
}
