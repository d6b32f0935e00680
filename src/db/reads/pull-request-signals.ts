import type { AiSignalKind, AiSignalStrength } from '../../domain/pulls/github-facts.ts';
import { readOfRows } from './rows-by-key.ts';

/** Evidence that one AI tool took part in a pull request. */
export interface AiSignalSummary {
  readonly tool: string;
  readonly kinds: readonly AiSignalKind[];
  /** Signals of the tool, 1 or more. */
  readonly count: number;
  /** STRONG when any of them is. */
  readonly strength: AiSignalStrength;
  /** The oldest version of the list by which any of them was found. */
  readonly detectorVersion: string;
  /** The first of them, strong ones before weak ones, then by kind and place. */
  readonly location: string;
  readonly evidence: string;
}

// STRONG comes before WEAK in the alphabet.
const FIRST = 'ORDER BY t.strength, t.kind, t.location';
const SIGNALS = `
SELECT t.team_id AS "teamId", t.pull_request_id AS id, t.tool, count(*)::integer AS count,
  array_agg(DISTINCT t.kind) AS kinds, min(t.strength) AS strength,
  min(t.detector_version::integer)::text AS "detectorVersion", (array_agg(t.location ${FIRST}))[1] AS location,
  (array_agg(t.evidence ${FIRST}))[1] AS evidence
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN ai_signal t ON t.team_id = wanted.team_id AND t.pull_request_id = wanted.id
GROUP BY 1, 2, 3 ORDER BY t.tool`;

/** Signals of pull requests, one row per tool, with one statement. In the order of `keys`. */
export const readAiSignals = readOfRows<AiSignalSummary, readonly AiSignalSummary[]>(
  SIGNALS,
  (rows) => rows,
);

const BODIES = `
SELECT t.team_id AS "teamId", t.id, t.body
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN pull_request t ON t.team_id = wanted.team_id AND t.id = wanted.id`;

/** Bodies of pull requests. Lists do not contain them because they may be long. In the order of `keys`. */
export const readBodies = readOfRows<{ readonly body: string | null }, string | null>(
  BODIES,
  ([found]) => found?.body ?? null,
);
