import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Inputs that the test tried; one where it does not say. */
    tried?: number;
  }
}

/** Notes how many inputs a test tries, for the table of `npm run reliability`. */
export function noteTried({ task }: Pick<TestContext, 'task'>, inputs: number): void {
  task.meta.tried = inputs;
}
