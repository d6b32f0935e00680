import type { Progress } from '../src/runtime/embedded/progress.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { MeasuredWriter } from './measured-writer.ts';

/** What the bench of AI usage works with. */
export interface UsageBench {
  readonly database: BenchDatabase;
  readonly writer: MeasuredWriter;
  readonly onProgress: Progress;
}
