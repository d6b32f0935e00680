import type { DbTransaction } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { PlannedComparison } from '../../db/delivery/deployments.ts';
import { storeHistory } from '../../db/delivery/history-commits.ts';
import {
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
import { askForHistory, type Question } from './ask-history.ts';
import { chooseRequest, countOf, type Findings } from './choose-history.ts';
import { formatHistory, parseHistory, type HistoryState } from './history-cursor.ts';
import { BEGINNING, findOthers, nextEnvironment, rememberDebt } from './history-environments.ts';
import type { LoadedHistory } from './loaded-history.ts';

/** Ranges of one environment that are looked at together. */
const WINDOW = 500;

/** Commits of ranges that one transaction stores, and environments that one looks for ranges in. */
const MAX_STORED = 20_000;
const MAX_ENVIRONMENTS = 50;

/** The cursor of a stage that begins to find out ranges by history. */
export function startHistory(): string {
  return formatHistory({
    ...BEGINNING,
    first: null,
    begun: 0,
    environment: '',
    size: COMMITS_PER_REQUEST,
    balance: 0,
    own: 0,
    needed: 0,
    hasAsked: false,
    hasLeft: false,
  });
}

/** What a page of plans works with. */
interface History {
  readonly context: GitHubContext;
  readonly run: StageRun;
  readonly known: LoadedHistory;
  /** The cursor of the stage once what is left is compared. */
  readonly comparing: string;
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
      return storeStep(run, state, findings);
    }
    const others = await findOthers(tx, run, known, state, findings);
    const request = chooseRequest(known, state, findings, others);
    if (request !== null) {
      return askStep(history, state, findings.open, request);
    }
    if (state.walk !== null && state.pagesLeft !== 0) {
      // It is not walked on: what was put off until then is looked at.
      state = { ...state, walk: null, pagesLeft: 0 };
      continue;
    }
    if (state.until !== null && findings.open.length > 0) {
      state = { ...state, hasLeft: true };
      await rememberDebt(tx, run, state);
    }
    if (state.until !== null || ranges.length === WINDOW) {
      state = behindWindow(state, ranges);
      continue;
    }
    const next = await nextEnvironment(tx, run, state);
    if (next === null) {
      return null;
    }
    state = next;
    environments += 1;
  }
  const to = formatHistory(state);
  return () => Promise.resolve({ to, store: () => Promise.resolve() });
}

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
  let saved = 0;
  for (const planned of ranges) {
    const { base, head, deploymentId } = planned;
    const isMet = [base, head].some((sha) => known.get(sha)?.isRead === true);
    if (base !== head && isUnderWay && !isMet) {
      // The walk has not come to it. At its end the base need not be read: its child names it.
      open.push(planned);
      continue;
    }
    const range = await known.find(tx, base, head);
    if (range.state === 'KNOWN') {
      found.push({ deploymentId, shas: range.shas });
      commits += range.shas.length;
      saved += base === head ? 0 : comparisonCost(range.shas.length);
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
  return { found, saved, open, edges: [...edges], uncounted: [...uncounted] };
}

function storeStep(run: StageRun, state: HistoryState, { found, saved }: Findings): StageStep {
  const to = { ...state, balance: state.balance + saved, own: state.own + saved };
  return () =>
    Promise.resolve({
      to: formatHistory(to),
      async store(tx) {
        await storeRanges(tx, run, found);
        await rememberDebt(tx, run, to);
      },
    });
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
    const listed = answer.page?.commits ?? [];
    const commits = [...listed, ...answer.tips];
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
    const isNew = listed.some(({ sha }) => known.get(sha)?.isRead !== true);
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
      own: state.own - 1,
      hasAsked: true,
    };
    const isInVain = answer.page === null && answer.counts.size === 0;
    return {
      to: formatHistory(isInVain ? behindWindow(to, open) : to),
      async store(tx) {
        await storeHistory(tx, run, commits, counts);
        await rememberDebt(tx, run, to);
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
