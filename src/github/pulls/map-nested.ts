import { signalsOfLabels } from '../../domain/pulls/ai-branches-and-labels.ts';
import { signalsOfFile } from '../../domain/pulls/ai-detection.ts';
import { classifyFile } from '../../domain/pulls/file-category.ts';
import type { AiSignalFact, FileFact } from '../../domain/pulls/github-facts.ts';
import { nodesOf } from '../transport/answers.ts';
import { toSize, UnreadableError } from '../transport/wire-values.ts';
import { EntryReader, readEntries, wordsOf, type Notes } from './entry-reader.ts';
import { checkItemOf, toCheck } from './map-checks.ts';
import { toCommit } from './map-commit.ts';
import { timelineItemOf, toTimelineFact } from './map-timeline.ts';
import type { FileNode } from './nested-pages.ts';
import type { PullRequestNode } from './pull-request-query.ts';

const CHECK_STATES = wordsOf('EXPECTED', 'ERROR', 'FAILURE', 'PENDING', 'SUCCESS');
const CHANGE_TYPES = wordsOf('ADDED', 'MODIFIED', 'DELETED', 'RENAMED', 'COPIED', 'CHANGED');

/** The first or next page of each list, as far as it came. */
export function pagesOf(raw: Partial<PullRequestNode>) {
  return {
    LABELS: raw.labels,
    TIMELINE: raw.timelineItems,
    COMMITS: raw.commits,
    FILES: raw.files,
    CHECKS: raw.statusCheckRollup?.contexts,
  };
}

/**
 * What is nested in a pull request, whether it came with it or in a page of its own; a list that did not come is empty.
 * What cannot be read of an entry is noted, and costs neither the others nor the pull request anything.
 * @param notes what cannot be read is added to its gaps
 * @param page names a further page of a list, for entries that nothing else names; empty for the first
 * @throws ContradictoryListError where a page came without its list
 */
export function toLists(raw: Partial<PullRequestNode>, headSha: string, notes: Notes, page = '') {
  const { TIMELINE, COMMITS, FILES, LABELS, CHECKS } = pagesOf(raw);
  const timeline = readEntries(
    nodesOf(TIMELINE),
    { list: 'TIMELINE', page },
    timelineItemOf,
    notes,
    toTimelineFact,
  );
  const commits = readEntries(
    nodesOf(COMMITS),
    { list: 'COMMITS', page },
    ({ commit }) => commit.oid,
    notes,
    ({ commit }, reader) => [toCommit(commit, reader)],
  );
  const files = readEntries(
    nodesOf(FILES),
    { list: 'FILES', page },
    ({ path }) => path,
    notes,
    (file, reader) => [toFile(file, reader)],
  );
  const labels = readEntries(
    nodesOf(LABELS),
    { list: 'LABELS', page },
    ({ name }) => name,
    notes,
    ({ name }, reader) => [reader.key('label', name)],
  );
  const checks = readEntries(
    nodesOf(CHECKS),
    { list: 'CHECKS', page },
    checkItemOf,
    notes,
    (check, reader) => [toCheck(check, headSha, reader)],
  );
  const reviews = timeline.flatMap((fact) => ('review' in fact ? [fact] : []));
  return {
    reviews: reviews.map(({ review }) => review),
    comments: timeline.flatMap((fact) => ('comment' in fact ? [fact.comment] : [])),
    events: timeline.flatMap((fact) => ('event' in fact ? [fact.event] : [])),
    labels: [...new Set(labels)],
    commits: commits.map(({ commit }) => commit),
    files: files.map(({ file }) => file),
    checks,
    ...toCheckState(raw.statusCheckRollup ?? null, new EntryReader(notes, 'CHECKS', () => 'all')),
    aiSignals: [
      ...reviews.flatMap((fact) => fact.aiSignals),
      ...signalsOfLabels(labels),
      ...[...commits, ...files].flatMap((entry) => entry.aiSignals),
    ],
  };
}

/** The state of all checks together; null where there is none. */
function toCheckState(
  rollup: NonNullable<PullRequestNode['statusCheckRollup']> | null,
  reader: EntryReader,
) {
  if (rollup === null) {
    return { checkState: null, checkStateRaw: null };
  }
  const { known, raw } = reader.word('checks.state', rollup.state, CHECK_STATES);
  return { checkState: known ?? ('UNKNOWN' as const), checkStateRaw: raw };
}

/** A file with the signal that its path may be. Its kind is told by the whole path, also where a key cannot hold it. */
function toFile(
  raw: FileNode,
  reader: EntryReader,
): { readonly file: FileFact; readonly aiSignals: readonly AiSignalFact[] } {
  const whole = reader.cleaner.clean(raw.path, 'path of a file');
  if (whole === '') {
    throw new UnreadableError('path of a file is empty');
  }
  const path = reader.key('path', whole);
  const change = reader.word('file.changeType', raw.changeType, CHANGE_TYPES);
  const file: FileFact = {
    path,
    changeType: change.known ?? 'UNKNOWN',
    changeTypeRaw: change.raw,
    category: classifyFile(whole),
    additions: toSize(raw.additions, 'additions of a file'),
    deletions: toSize(raw.deletions, 'deletions of a file'),
  };
  const aiSignals = signalsOfFile(whole).map((signal) => ({ ...signal, location: `file:${path}` }));
  return { file, aiSignals };
}
