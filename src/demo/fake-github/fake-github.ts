import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { startCopilotFiles } from './copilot/copilot-files.ts';
import type { CopilotFiles, DownloadFault } from './copilot/copilot-files.ts';
import { COPILOT_DEFAULTS } from './copilot/copilot-routes.ts';
import type { CopilotSettings } from './copilot/copilot-routes.ts';
import { createFaultQueue } from './rules/fault-queue.ts';
import type { Fault, FaultChoice } from './rules/fault-queue.ts';
import { createRateLimits } from './rules/rate-limits.ts';
import { createRequestHandler } from './request-handler.ts';
import { createViolationLog, type ViolationLog } from './rules/violation-log.ts';
import { createWorld } from './world.ts';
import { createCallers } from './callers.ts';
import type { AppSettings, InstallationSettings, TokenSettings } from './callers.ts';
import type { EnterpriseRelease, HeavyQueries } from './request-handler-deps.ts';
import { createHooks } from './hooks/hooks.ts';
import { closeServer, listenOnLoopback } from './listen.ts';
import type { Hooks } from './hooks/hooks.ts';
import type { Tally } from './rules/tally.ts';
import type { GitHubData } from '../core/github-data.ts';

export { combineSources } from '../core/combine-sources.ts';
export type { Fault } from './rules/fault-queue.ts';

export interface FakeGitHubOptions {
  /** What is served, as of `now`. */
  readonly source: GitHubData;
  /** When set, requests need `Authorization: bearer <token>` (or `token <token>`). */
  readonly token?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** How long each answer takes, however soon it is made; default 0. */
  readonly latencyMs?: number;
  /** Clock of what is served and of the rate limits; default the real one. */
  readonly now?: () => Date;
  /** The GitHub App that knows this server; default the App 4711, `throughline`, whose key is not checked. */
  readonly app?: AppSettings;
  /**
   * Points an hour on GraphQL, and the same on REST; default 5,000. A shorter window lets an experiment see the limit
   * lift.
   */
  readonly limits?: { readonly pointsPerHour?: number; readonly windowMs?: number };
}

export interface FakeGitHubStats {
  readonly requests: { readonly rest: number; readonly graphql: number };
  /** Points that were taken, GraphQL and REST together. */
  readonly pointsUsed: number;
  /** Requests of GraphQL that asked for commits by their names, with their histories or without. */
  readonly historyRequests: number;
  /** `owner/name` to the number of pages of its pull requests that were asked for. */
  readonly requestsByRepository: Readonly<Record<string, number>>;
  /** One sentence for each time that one of GitHub's documented rules was broken; the first thousand. */
  readonly brokenRules: readonly string[];
  readonly maxInFlight: number;
  /** Files of Copilot's reports that were asked for. */
  readonly downloads: number;
}

export interface FakeGitHub {
  /** REST root without a slash at the end; GraphQL is at `<url>/graphql`. */
  readonly url: string;
  readonly stats: () => FakeGitHubStats;
  /**
   * Serves other data from the next request on; cursors stay good. A repository with the id of one that was served
   * before and another name was renamed or transferred: its old names lead to it.
   */
  setSource(source: GitHubData): void;
  /** Lets the next `times` requests fail, after those that were ordered before. */
  failNext(fault: Fault, times?: number): void;
  /** Lets requests fail as `choose` says when no ordered fault waits; it is asked in the order of the requests. */
  failBy(choose: FaultChoice): void;
  /** Drops the faults that were ordered and did not happen yet, and the choice. */
  clearFaults(): void;
  /** Lets the next `times` downloads of report files fail. */
  failNextDownload(fault: DownloadFault, times?: number): void;
  /** Lets a personal token in, or changes what it may do. */
  setToken(token: string, settings?: TokenSettings): void;
  /** From the next request on the token is refused with 401, a minted one too. */
  revokeToken(token: string): void;
  /** Installs the App under that id, or changes its installation: other permissions, suspended or not. */
  setInstallation(id: number, settings?: InstallationSettings): void;
  /** Uninstalls the App: its tokens are refused. */
  removeInstallation(id: number): void;
  /** Lets queries fail that could bring more nodes than that; null lets all succeed. */
  setHeavyQueries(heavy: HeavyQueries | null): void;
  /** Makes it a GitHub Enterprise Server of that release, whose schema lacks some of GitHub's; null makes it github.com. */
  setRelease(release: EnterpriseRelease | null): void;
  /** Webhooks, which are really sent. */
  readonly hooks: Hooks;
  /** Changes how Copilot stands in every organisation; what is not given goes back to normal. */
  setCopilot(settings: Partial<CopilotSettings>): void;
  /** Ends the server and every open connection. */
  close(): Promise<void>;
}

const DEFAULT_POINTS_PER_HOUR = 5_000;
/** github.com, which has all of its schema. */
const GITHUB_COM: EnterpriseRelease = { version: null, without: [] };
const DEFAULT_APP: AppSettings = { id: 4_711, slug: 'throughline' };

/**
 * Starts a server on the loopback address that answers as GitHub does: GraphQL against GitHub's own schema, the REST
 * routes of repositories and pull requests, limits and refusals.
 * @throws when the source contradicts itself or the port is taken
 */
export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const now = options.now ?? (() => new Date());
  const rules = createViolationLog();
  const faults = createFaultQueue();
  const limits = createRateLimits(
    now,
    { pointsPerHour: DEFAULT_POINTS_PER_HOUR, ...options.limits },
    rules,
  );
  const tally: Tally = { rest: 0, graphql: 0, pointsUsed: 0, histories: 0, pages: new Map() };
  const closing = new AbortController();
  // Every answer that is held back listens to it.
  setMaxListeners(0, closing.signal);
  const formerNames = new Map<string, number>();
  let world = createWorld(options.source);
  let copilot = COPILOT_DEFAULTS;
  let heavy: HeavyQueries | null = null;
  let release = GITHUB_COM;
  const callers = createCallers({
    token: options.token ?? null,
    app: options.app ?? DEFAULT_APP,
    now,
  });
  const hooks = createHooks(now, closing.signal, (options.app ?? DEFAULT_APP).id);
  const files = await startCopilotFiles(now, rules);

  const server = createServer();
  const url = await listenOnLoopback(server, options.port ?? 0);
  server.on(
    'request',
    createRequestHandler({
      apiUrl: url,
      callers,
      hooks,
      latencyMs: options.latencyMs ?? 0,
      closing: closing.signal,
      world: () => world,
      now,
      rules,
      faults,
      limits,
      copilot: { files, settings: () => copilot },
      heavy: () => heavy,
      release: () => release,
      tally,
    }),
  );

  let closed: Promise<void> | undefined;
  return {
    url,
    stats: () => toStats(tally, rules, files),
    setSource: (source) => {
      for (const { owner, name, databaseId } of world.repositories) {
        formerNames.set(`${owner}/${name}`.toLowerCase(), databaseId);
      }
      world = createWorld(source, formerNames);
    },
    failNext: (fault, times = 1) => faults.add(fault, times),
    failBy: (choose) => faults.choose(choose),
    clearFaults: () => faults.clear(),
    failNextDownload: (fault, times = 1) => files.failNext(fault, times),
    setToken: (token, settings = {}) => callers.setToken(token, settings),
    revokeToken: (token) => callers.revokeToken(token),
    setInstallation: (id, settings = {}) => callers.setInstallation(id, settings),
    removeInstallation: (id) => callers.removeInstallation(id),
    setHeavyQueries: (settings) => {
      heavy = settings;
    },
    setRelease: (settings) => {
      release = settings ?? GITHUB_COM;
    },
    hooks,
    setCopilot: (settings) => {
      copilot = { ...COPILOT_DEFAULTS, ...settings };
    },
    close: () => {
      closing.abort();
      closed ??= closeServer(server).then(() => files.close());
      return closed;
    },
  };
}

function toStats(tally: Tally, rules: ViolationLog, files: CopilotFiles): FakeGitHubStats {
  return {
    requests: { rest: tally.rest, graphql: tally.graphql },
    pointsUsed: tally.pointsUsed,
    historyRequests: tally.histories,
    requestsByRepository: Object.fromEntries(tally.pages),
    brokenRules: rules.sentences(),
    maxInFlight: rules.maxInFlight(),
    downloads: files.downloads(),
  };
}
