import type { Callers } from './callers.ts';
import type { CopilotFiles } from './copilot/copilot-files.ts';
import type { CopilotSettings } from './copilot/copilot-routes.ts';
import type { FaultQueue } from './rules/fault-queue.ts';
import type { Hooks } from './hooks/hooks.ts';
import type { RateLimits } from './rules/rate-limits.ts';
import type { ViolationLog } from './rules/violation-log.ts';
import type { Tally } from './rules/tally.ts';
import type { GitHubWorld } from './world.ts';

/** Queries that take longer than GitHub's ten seconds, and what comes then. */
export interface HeavyQueries {
  /** The most possible nodes that are answered in time. */
  readonly aboveNodes: number;
  /** 502 in JSON, 504 in HTML, or 200 with the error that GitHub gives up with. */
  readonly answer: 502 | 504 | 'TIMEOUT';
}

/** A GitHub Enterprise Server, which may be of an older release. */
export interface EnterpriseRelease {
  /** As its answers say it, such as `3.12.4`; null for github.com, whose answers say none. */
  readonly version: string | null;
  /** What its schema lacks of GitHub's published one: `Type.field`, `Union/Member` or `Type`. */
  readonly without: readonly string[];
}

/** What every request is answered from. */
export interface RequestHandlerDeps {
  readonly apiUrl: string;
  readonly callers: Callers;
  readonly hooks: Hooks;
  readonly latencyMs: number;
  readonly closing: AbortSignal;
  readonly world: () => GitHubWorld;
  readonly now: () => Date;
  readonly rules: ViolationLog;
  readonly faults: FaultQueue;
  readonly limits: RateLimits;
  readonly copilot: { readonly files: CopilotFiles; readonly settings: () => CopilotSettings };
  /** Null = every query is answered in time. */
  readonly heavy: () => HeavyQueries | null;
  readonly release: () => EnterpriseRelease;
  readonly tally: Tally;
}
