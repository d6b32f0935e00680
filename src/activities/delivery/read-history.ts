import type { DbTransaction } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { PlannedComparison } from '../../db/delivery/deployments.ts';
import { storeHistory } from '../../db/delivery/history-commits.ts';
import {
  findPendingEnvironment,
  readPendingRanges,
  storeRanges,
  type FoundRange,
} from '../../db/delivery/pending-ranges.ts';
import {
  comparisonCost,
  COMMITS_PER_REQUEST,
  planDepth,
  SLACK_PAGES,
} from '../../domain/delivery/history-depth.ts';
import type { HistoryAnswer } from '../../github/delivery/history.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import type { StageStep } from '../stages/stage-steps.ts';
import type { StageRun } from '../stages/sync-stage.ts';
import { askForHistory, FEW_COMMITS, type Question } from './ask-history.ts';
import { formatHistory, parseHistory, type HistoryState } from './history-cursor.ts';
import type { LoadedHistory } from './loaded-history.ts';

/** Ranges of one environment that are looked at together. */
const WINDOW = 500;

/** Fewer ranges are compared: history would save nothing. */
const MIN_RANGES = 3;

/** Requests that reading history may have taken in vain before all the rest is compared. */
const MAX_LOSS = 3;

/** Commits of which a request asks how many lead to them. */
const MAX_COUNTED = 40;

/** Commits of ranges that one transaction stores, and environments that one looks for ranges in. */
const MAX_STORED = 20_000;
const MAX_ENVIRONMENTS = 50;

/** The cursor of a stage that begins to find out ranges by history. */
export const HISTORY_START = formatHistory({
  environment: '',
  before: null,
  until: null,
  pagesLeft: 0,
  walk: null,
  size: COMMITS_PER_REQUEST,
  balance: 0,
});

/** What a page of plans works with. */
interface History {
  readonly context: GitHubContext;
  readonly run: StageRun;
  readonly known: LoadedHistory;
  /** The cursor of the stage once what is left is compared. */
  readonly comparing: string;
}

/** What of a window is known, and what would have to be read. */
interface Findings {
  readonly found: readonly FoundRange[];
  /** Newest first. */
  readonly open: readonly PlannedComparison[];
  /** Commits from which history would have to be read on, that of the newest range first. */
  readonly edges: readonly string[];
  /** Commits of ranges that are proved by how many lead to them. */
  readonly uncounted: readonly string[];
}

/**
 * The next step of finding out ranges by the history of the repository: stores those that are known, else reads on where
 * that takes fewer requests than comparing.
 * @returns null when all that is left is to be compared
 */
export async function planHistory(
  tx: DbTransaction,
  history: History,
  cursor: string,
): Promise<StageStep | null> {
  const { run, known } = history;
  let state = parseHistory(cursor);
  for (let environments = 0; environments < MAX_ENVIRONMENTS;) {
    const ranges = state.environment === '' ? [] : await readPendingRanges(tx, run, state, WINDOW);
    const findings = await findKnown(tx, known, ranges, state);
    if (findings.found.length > 0) {
      return storeStep(run, state, findings.found);
    }
    const request = chooseRequest(known, state, findings);
    if (request !== null) {
      return askStep(history, state, findings.open, request);
    }
    if (state.until !== null || ranges.length === WINDOW) {
      state = behindWindow(state, ranges);
      continue;
    }
    const environment = await findPendingEnvironment(tx, run, state.environment);
    if (environment === null) {
      return null;
    }
    state = { ...state, ...BEGINNING, environment };
    environments += 1;
  }
  const to = formatHistory(state);
  return () => Promise.resolve({ to, store: () => Promise.resolve() });
}

const BEGINNING = { before: null, until: null, pagesLeft: null, walk: null } as const;

/** The window behind one of which no more is found out. */
function behindWindow(state: HistoryState, ranges: readonly PlannedComparison[]): HistoryState {
  const last = ranges.at(-1)?.deploymentId;
  return {
    ...state,
    ...BEGINNING,
    before: state.until ?? (last === undefined ? null : String(last)),
  };
}

async function findKnown(
  tx: DbTransaction,
  known: LoadedHistory,
  ranges: readonly PlannedComparison[],
  { walk, pagesLeft }: HistoryState,
): Promise<Findings> {
  await known.load(
    tx,
    ranges.flatMap(({ base, head }) => [base, head]),
  );
  const isUnderWay = walk !== null && pagesLeft !== null && pagesLeft > SLACK_PAGES;
  const found: FoundRange[] = [];
  const open: PlannedComparison[] = [];
  const edges = new Set<string>();
  const uncounted = new Set<string>();
  let commits = 0;
  for (const planned of ranges) {
    const { base, head, deploymentId } = planned;
    if (base !== head && isUnderWay && known.get(base)?.isRead !== true) {
      // The walk has not come to it. At its end the base need not be read: its child names it.
      open.push(planned);
      continue;
    }
    const range = await known.find(tx, base, head);
    if (range.state === 'KNOWN') {
      found.push({ deploymentId, shas: range.shas });
      commits += range.shas.length;
      if (commits >= MAX_STORED) {
        break;
      }
      continue;
    }
    open.push(planned);
    if (range.state === 'UNKNOWN' && range.edge !== null) {
      edges.add(range.edge);
    }
    if (range.state === 'UNPROVED') {
      for (const sha of [base, head].filter((one) => countOf(known, one) === null)) {
        uncounted.add(sha);
      }
    }
  }
  return { found, open, edges: [...edges], uncounted: [...uncounted] };
}

const countOf = (known: LoadedHistory, sha: string): number | null =>
  known.get(sha)?.ancestors ?? null;

function storeStep(run: StageRun, state: HistoryState, found: readonly FoundRange[]): StageStep {
  const saved = found.reduce((sum, { shas }) => sum + comparisonCost(shas.length), 0);
  const to = formatHistory({ ...state, balance: state.balance + saved });
  return () => Promise.resolve({ to, store: (tx) => storeRanges(tx, run, found) });
}

/** What is asked for next; null where asking would save nothing. */
function chooseRequest(
  known: LoadedHistory,
  { pagesLeft, walk, size, balance }: HistoryState,
  { open, edges, uncounted }: Findings,
): Question | null {
  if (open.length === 0) {
    return null;
  }
  const [edge] = edges;
  const next = walk ?? (edge === undefined ? null : { root: edge, after: null });
  const mayRead =
    pagesLeft === null ? open.length >= MIN_RANGES && balance > -MAX_LOSS : pagesLeft > 0;
  const page = mayRead && next !== null ? { ...next, first: size } : null;
  if (page !== null) {
    const counted = pagesLeft === null ? sample(known, open, page.root) : uncounted;
    return { page, counted: size === FEW_COMMITS ? [] : counted.slice(0, MAX_COUNTED) };
  }
  // Two ranges that follow on one another have three commits.
  return uncounted.length >= MIN_RANGES
    ? { page: null, counted: uncounted.slice(0, MAX_COUNTED) }
    : null;
}

/** Commits of ranges, evenly from the newest to the oldest: how many lead to them says how far back the ranges reach. */
function sample(
  known: LoadedHistory,
  ranges: readonly PlannedComparison[],
  root: string,
): readonly string[] {
  const shas = [...new Set(ranges.flatMap(({ head, base }) => [head, base]))];
  const steps = Math.min(MAX_COUNTED, shas.length);
  const chosen = Array.from(
    { length: steps },
    (_, index) => shas[Math.round((index * (shas.length - 1)) / Math.max(1, steps - 1))],
  );
  return chosen.filter(
    (sha) => sha !== undefined && sha !== root && countOf(known, sha) === null,
  ) as string[];
}

function askStep(
  { context, run, known, comparing }: History,
  state: HistoryState,
  open: readonly PlannedComparison[],
  question: Question,
): StageStep {
  return async (ask) => {
    const asked = await askForHistory(ask, context, run, question);
    if (asked === null) {
      return { to: comparing, store: () => Promise.resolve() };
    }
    const { answer, size } = asked;
    const commits = answer.page?.commits ?? [];
    const counts = new Map(answer.counts);
    if (answer.page !== null && question.page !== null) {
      counts.set(question.page.root, answer.page.ancestors);
    }
    await withTeam(context.db, run.teamId, (tx) =>
      known.load(
        tx,
        commits.map(({ sha }) => sha),
      ),
    );
    const isNew = commits.some(({ sha }) => known.get(sha)?.isRead !== true);
    const next = planWindow(known, { ...state, size }, open, { question, answer, counts });
    const root = question.page?.root;
    const after = answer.page?.nextCursor ?? null;
    const to: HistoryState = {
      ...state,
      until: state.until ?? String(open.at(-1)?.deploymentId),
      pagesLeft: next.pagesLeft,
      // Where all of a page is known, another way back has to be found.
      walk: isNew && root !== undefined && after !== null ? { root, after } : next.walk,
      size,
      balance: state.balance - 1,
    };
    const isInVain = answer.page === null && answer.counts.size === 0;
    return {
      to: formatHistory(isInVain ? behindWindow(to, open) : to),
      async store(tx) {
        await storeHistory(tx, run, commits, counts);
        known.learn(commits, counts);
      },
    };
  };
}

interface Answered {
  readonly question: Question;
  readonly answer: HistoryAnswer;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * How many pages may be read after an answer; the first of a window says how far back its ranges reach. Where GitHub does
 * not know its newest commit any more, the next one is begun with that it knows.
 */
function planWindow(
  known: LoadedHistory,
  { pagesLeft, size }: HistoryState,
  open: readonly PlannedComparison[],
  { question, answer, counts }: Answered,
): Pick<HistoryState, 'walk'> & { readonly pagesLeft: number } {
  const { page } = answer;
  if (question.page === null) {
    return { walk: null, pagesLeft: pagesLeft ?? 0 };
  }
  if (pagesLeft !== null) {
    return { walk: null, pagesLeft: page === null ? 0 : pagesLeft - 1 };
  }
  const countNow = (sha: string): number | null => counts.get(sha) ?? countOf(known, sha);
  if (page === null) {
    const begin = open.findIndex(({ head }) => countNow(head) !== null);
    const root = open[begin]?.head;
    return root === undefined
      ? { walk: null, pagesLeft: 0 }
      : {
          walk: { root, after: null },
          pagesLeft: planDepth(open.slice(begin), countNow(root) ?? 0, countNow, size),
        };
  }
  return open.some(({ base }) => countNow(base) !== null)
    ? { walk: null, pagesLeft: planDepth(open, page.ancestors, countNow, size) - 1 }
    : { walk: null, pagesLeft: Math.floor(open.length / 2) };
}
