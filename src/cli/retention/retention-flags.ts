import { RETENTION_KINDS, type RetentionKind } from '../../domain/retention/retention.ts';

export interface RetentionFlags {
  readonly dryRun: boolean;
  readonly days?: number;
  /** One of `RETENTION_NAMES`. */
  readonly kind?: string;
  /** Slug of the one team that it is about. */
  readonly team?: string;
  readonly json: boolean;
}

/** Each kind as the command line names it. */
const NAME_OF: Readonly<Record<RetentionKind, string>> = {
  AI_USAGE: 'ai-usage',
  WEEKLY_METRICS: 'weekly-metrics',
};

export const RETENTION_NAMES: readonly string[] = RETENTION_KINDS.map((kind) => NAME_OF[kind]);

/** The kind that the flags name; null when they name none, which stands for all. */
export function kindOf({ kind: name }: Pick<RetentionFlags, 'kind'>): RetentionKind | null {
  return RETENTION_KINDS.find((kind) => NAME_OF[kind] === name) ?? null;
}
