import type { CheckConclusion, CheckFact, CheckStatus } from '../../domain/pulls/github-facts.ts';
import type { CheckNode } from './nested-pages.ts';
import { oneOf, type TextCleaner, toInstant, UnreadableError } from '../transport/wire-values.ts';

const CHECK_CONCLUSIONS: ReadonlySet<CheckConclusion> = new Set([
  'SUCCESS',
  'FAILURE',
  'NEUTRAL',
  'CANCELLED',
  'SKIPPED',
  'TIMED_OUT',
  'ACTION_REQUIRED',
  'STALE',
  'STARTUP_FAILURE',
]);
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
const STATUS_CONCLUSIONS: ReadonlyMap<string, CheckConclusion | null> = new Map([
  ['SUCCESS', 'SUCCESS'],
  ['FAILURE', 'FAILURE'],
  ['ERROR', 'ERROR'],
  ['PENDING', null],
  ['EXPECTED', null],
]);

/** @param headSha the commit that the checks are of */
export function toCheck(raw: CheckNode, headSha: string, cleaner: TextCleaner): CheckFact {
  if (raw.__typename === 'StatusContext') {
    const name = cleaner.cleanKey(raw.context, 'name of a status');
    const conclusion = STATUS_CONCLUSIONS.get(raw.state);
    if (conclusion === undefined) {
      throw new UnreadableError(`state of a status is "${raw.state}", which is not known`);
    }
    const at = toInstant(raw.createdAt, 'time of a status');
    return {
      checkId: `STATUS:${name}`,
      headSha,
      name,
      app: null,
      status: conclusion === null ? 'IN_PROGRESS' : 'COMPLETED',
      conclusion,
      startedAt: at,
      completedAt: conclusion === null ? null : at,
    };
  }
  const status = CHECK_STATUSES.get(raw.status);
  if (status === undefined) {
    throw new UnreadableError(`status of a check is "${raw.status}", which is not known`);
  }
  return {
    checkId: `CHECK_RUN:${cleaner.cleanKey(raw.id, 'id of a check')}`,
    headSha,
    name: cleaner.clean(raw.name, 'name of a check'),
    app: raw.checkSuite.app ? cleaner.clean(raw.checkSuite.app.slug, 'app of a check') : null,
    status,
    conclusion:
      status === 'COMPLETED'
        ? oneOf(raw.conclusion ?? '', CHECK_CONCLUSIONS, 'conclusion of a check')
        : null,
    startedAt: raw.startedAt ? toInstant(raw.startedAt, 'start of a check') : null,
    completedAt: raw.completedAt ? toInstant(raw.completedAt, 'end of a check') : null,
  };
}
