import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Figures, median } from './figures.ts';
import { measurePeak } from './peak-memory.ts';
import { measureFollowers } from './gateway-followers.ts';
import {
  type GatewayBench,
  type GatewayWorld,
  graphqlRequest,
  makeGatewayWorld,
  TEAM,
} from './gateway-world.ts';
import type { Gateway } from '../src/runtime/http/gateway.ts';
import { HOSTILE_REQUESTS } from '../test/support/hostile/hostile-requests.ts';

interface Sizes {
  readonly followers: number;
  readonly tokens: number;
  readonly runs: number;
  /** Pairs of batches, of which the middle ratio counts: one with the limits, one without. */
  readonly pairs: number;
  readonly requestsABatch: number;
}

const FULL: Sizes = { followers: 1_000, tokens: 200, runs: 10, pairs: 21, requestsABatch: 100 };
const QUICK: Sizes = { followers: 200, tokens: 40, runs: 4, pairs: 3, requestsABatch: 20 };

const MEBIBYTE = 2 ** 20;

/** All figures of the gateway: what hostile queries cost, what the limits cost, and what followers of syncs cost. */
export async function benchGateway(
  bench: GatewayBench,
  figures: Figures,
  quick: boolean,
): Promise<void> {
  const sizes = quick ? QUICK : FULL;
  const world = await makeGatewayWorld(bench, sizes);
  try {
    await measureHostile(bench, world, figures);
    await measureLimits(bench, world, figures, sizes);
    await measureFollowers(bench, world, figures, sizes.followers);
  } finally {
    await world.close();
  }
}

const NORMAL = JSON.stringify({ query: '{ viewer { name } }' });

async function isAnswered(gateway: Gateway, token: string): Promise<boolean> {
  const response = await gateway.fetch(graphqlRequest(token, NORMAL));
  const { data } = (await response.json()) as { data?: { viewer?: { name?: string } } };
  return data?.viewer?.name !== undefined;
}

/** Rounds over the hostile requests: the first warms up, and the middle one of the others counts for each. */
const HOSTILE_ROUNDS = 4;

/** Of each of them its CPU, and by how much it raises the resident memory at its highest. */
async function measureHostile(
  { onProgress }: GatewayBench,
  world: GatewayWorld,
  figures: Figures,
): Promise<void> {
  onProgress(`${HOSTILE_REQUESTS.length} hostile requests`);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const gateway = world.open();
  const [token = ''] = world.tokens;
  let refused = 0;
  let undisturbed = 0;
  const cpuMs = HOSTILE_REQUESTS.map((): number[] => []);
  const memory = HOSTILE_REQUESTS.map((): number[] => []);
  try {
    for (let round = 0; round < HOSTILE_ROUNDS; round += 1) {
      for (const [index, { body, status, code }] of HOSTILE_REQUESTS.entries()) {
        const request = graphqlRequest(token, body());
        collectGarbage();
        const { bytes, result } = await measurePeak(async () => {
          const before = process.cpuUsage();
          const response = await gateway.fetch(request);
          const text = await response.text();
          return { response, text, cpu: process.cpuUsage(before) };
        });
        const { response, text, cpu } = result;
        refused += Number(response.status === status && text.includes(`"${code}"`));
        undisturbed += Number(await isAnswered(gateway, token));
        if (round > 0) {
          memory[index]?.push(bytes);
          cpuMs[index]?.push((cpu.user + cpu.system) / 1_000);
        }
      }
    }
  } finally {
    await gateway.dispose();
  }
  const all = { equals: HOSTILE_REQUESTS.length * HOSTILE_ROUNDS };
  figures.exactly('hostile.refused', refused, 'requests', all);
  figures.exactly('hostile.next_query_undisturbed', undisturbed, 'requests', all);
  figures.timed('hostile.cpu_of_the_worst', worstOf(cpuMs), 'ms', { atMost: 50 });
  figures.timed('hostile.memory_of_the_worst', worstOf(memory) / MEBIBYTE, 'MiB', { atMost: 20 });
}

/** The highest of the middle values. */
function worstOf(measured: readonly number[][]): number {
  return Math.max(...measured.map(median));
}

/** The query of the README, and each member of a team with a quarter of weeks. */
async function readQueries(projectDirectory: string): Promise<Readonly<Record<string, string>>> {
  const readme = await readFile(join(projectDirectory, 'README.md'), 'utf8');
  const [, query = ''] = /```graphql\n([\s\S]*?)```/.exec(readme) ?? [];
  const weeks = 'from: "2026-02-02", to: "2026-04-27"';
  return {
    readme: query.replace('"demo"', `"${TEAM}"`).replace(/from: "[^"]*", to: "[^"]*"/, weeks),
    members: `{ team(slug: "${TEAM}") { members(first: 50) { nodes { login weeklyMetrics(${weeks}) {
      weekStart pullRequestsMerged commits cycleTime { value unit n reason } } } } } }`,
  };
}

/** CPU of the process per request, with the limits on queries and without, in turn. */
async function measureLimits(
  { projectDirectory, onProgress }: GatewayBench,
  world: GatewayWorld,
  figures: Figures,
  { pairs, requestsABatch }: Sizes,
): Promise<void> {
  // Neither runs out of its budget.
  const limited = world.open({
    queryLimits: { pointsPerQuery: 20_000, pointsPerMinute: Number.MAX_SAFE_INTEGER },
  });
  const unlimited = world.open({ queryLimits: null });
  const [token = ''] = world.tokens;
  const cpuOf = async (gateway: Gateway, body: string): Promise<number> => {
    const before = process.cpuUsage();
    for (let request = 0; request < requestsABatch; request += 1) {
      const response = await gateway.fetch(graphqlRequest(token, body));
      const text = await response.text();
      if (!text.startsWith('{"data":{') || text.includes('"errors"')) {
        throw new Error(`A measured query failed: ${text.slice(0, 300)}`);
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / requestsABatch / 1_000;
  };
  try {
    for (const [name, query] of Object.entries(await readQueries(projectDirectory))) {
      const body = JSON.stringify({ query });
      const ratios: number[] = [];
      const ms: number[] = [];
      for (let pair = 0; pair <= pairs; pair += 1) {
        onProgress(`the query of ${name}, pair ${pair} of ${pairs}`);
        // Each goes first every second time, and the first pair only warms up.
        const isOnFirst = pair % 2 === 0;
        const first = await cpuOf(isOnFirst ? limited : unlimited, body);
        const second = await cpuOf(isOnFirst ? unlimited : limited, body);
        const [on, off] = isOnFirst ? [first, second] : [second, first];
        if (pair > 0) {
          ratios.push(on / off);
          ms.push(on);
        }
      }
      figures.report(`limits.${name}.cpu`, median(ms), 'ms a request');
      figures.timed(`limits.${name}.cpu_on_against_off`, median(ratios), 'times', { atMost: 1.1 });
    }
  } finally {
    await Promise.all([limited.dispose(), unlimited.dispose()]);
  }
}
