import type { RetentionKind } from '../../domain/retention/retention.ts';

/** Names of what is removed, as the command line gives them. */
export const RETENTION_TABLES = {
  'ai-usage': 'AI_USAGE',
  'weekly-metrics': 'WEEKLY_METRICS',
} as const satisfies Record<string, RetentionKind>;

export interface RetentionFlags {
  readonly dryRun: boolean;
  readonly days?: number;
  readonly table?: keyof typeof RETENTION_TABLES;
  /** Slug of the one team that it is about. */
  readonly team?: string;
  readonly json: boolean;
}
