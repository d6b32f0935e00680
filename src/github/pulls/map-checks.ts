import type { CheckConclusion, CheckFact, CheckStatus } from '../../domain/pulls/github-facts.ts';
import { toInstant } from '../transport/wire-values.ts';
import { wordsOf, type EntryReader, type ReadWord } from './entry-reader.ts';
import type { CheckNode } from './nested-pages.ts';

const CHECK_CONCLUSIONS: ReadonlyMap<string, CheckConclusion> = wordsOf(
  'SUCCESS',
  'FAILURE',
  'NEUTRAL',
  'CANCELLED',
  'SKIPPED',
  'TIMED_OUT',
  'ACTION_REQUIRED',
  'STALE',
  'STARTUP_FAILURE',
);
/** GitHub has more words for a check that has not begun than we need. */
const CHECK_STATUSES: ReadonlyMap<string, CheckStatus> = new Map([
  ['QUEUED', 'QUEUED'],
  ['REQUESTED', 'QUEUED'],
  ['PENDING', 'QUEUED'],
  ['IN_PROGRESS', 'IN_PROGRESS'],
  ['WAITING', 'WAITING'],
  ['COMPLETED', 'COMPLETED'],
]);
/** States of commit statuses, which know no conclusion of their own. */
const STATUS_STATES: ReadonlyMap<
  string,
  { readonly status: CheckStatus; readonly conclusion: CheckConclusion | null }
> = new Map([
  ['SUCCESS', { status: 'COMPLETED', conclusion: 'SUCCESS' }],
  ['FAILURE', { status: 'COMPLETED', conclusion: 'FAILURE' }],
  ['ERROR', { status: 'COMPLETED', conclusion: 'ERROR' }],
  ['PENDING', { status: 'IN_PROGRESS', conclusion: null }],
  ['EXPECTED', { status: 'IN_PROGRESS', conclusion: null }],
]);

type RunNode = Extract<CheckNode, { readonly __typename: 'CheckRun' }>;
type StatusNode = Extract<CheckNode, { readonly __typename: 'StatusContext' }>;

/** What names a check, for the gaps that it has. */
export function checkItemOf(raw: CheckNode): unknown {
  const [kind, name] =
    raw.__typename === 'StatusContext' ? ['STATUS', raw.context] : ['CHECK_RUN', raw.id];
  return typeof name === 'string' ? `${kind}:${name}` : null;
}

/**
 * A check: a check run, or a commit status.
 * @param headSha the commit that the checks are of
 * @throws UnreadableError, TypeError where it is neither, or nothing tells it from others
 */
export function toCheck(raw: CheckNode, headSha: string, reader: EntryReader): CheckFact {
  return raw.__typename === 'StatusContext'
    ? toStatus(raw, headSha, reader)
    : toRun(raw, headSha, reader);
}

function toStatus(raw: StatusNode, headSha: string, reader: EntryReader): CheckFact {
  const name = reader.key('check.name', raw.context);
  const state = reader.word('check.status', raw.state, STATUS_STATES);
  const at = timeOf(raw.createdAt, 'startedAt', reader);
  const { status, conclusion } = state.known ?? { status: 'UNKNOWN', conclusion: null };
  return {
    checkId: `STATUS:${name}`,
    headSha,
    name,
    app: null,
    status,
    statusRaw: state.raw,
    conclusion,
    conclusionRaw: null,
    startedAt: at,
    completedAt: conclusion === null ? null : at,
  };
}

function toRun(raw: RunNode, headSha: string, reader: EntryReader): CheckFact {
  const { cleaner } = reader;
  // A kind of check that this code does not know has none of the fields that were asked for.
  const checkId = `CHECK_RUN:${cleaner.cleanKey(raw.id, 'id of a check')}`;
  const status = reader.word('check.status', raw.status, CHECK_STATUSES);
  const isOver = status.known === 'COMPLETED';
  const conclusion = isOver ? conclusionOf(raw, reader) : null;
  return {
    checkId,
    headSha,
    name: cleaner.clean(raw.name, 'name of a check'),
    app: reader.optional('check.app', () =>
      raw.checkSuite.app ? cleaner.clean(raw.checkSuite.app.slug, 'app of a check') : null,
    ),
    status: status.known ?? 'UNKNOWN',
    statusRaw: status.raw,
    conclusion: conclusion === null ? null : (conclusion.known ?? 'UNKNOWN'),
    conclusionRaw: conclusion?.raw ?? null,
    startedAt: timeOf(raw.startedAt, 'startedAt', reader),
    completedAt: timeOf(raw.completedAt, 'completedAt', reader),
  };
}

/** GitHub shows a completed check without a conclusion for a while. */
function conclusionOf({ conclusion }: RunNode, reader: EntryReader): ReadWord<CheckConclusion> {
  if (conclusion === null) {
    reader.note('check.conclusion', 'GitHub gives a completed check no conclusion yet');
    return { known: null, raw: null };
  }
  return reader.word('check.conclusion', conclusion, CHECK_CONCLUSIONS);
}

function timeOf(value: string | null, field: string, reader: EntryReader): Date | null {
  return value === null || value === ''
    ? null
    : reader.optional(`check.${field}`, () => toInstant(value, `${field} of a check`));
}
