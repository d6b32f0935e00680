import { setTimeout as delay } from 'node:timers/promises';
import type { Figures } from './figures.ts';
import { type GatewayBench, type GatewayWorld, graphqlRequest } from './gateway-world.ts';
import { countReads, resetStatements } from './server-counters.ts';

/** A poll that no machine misses, and rare enough that each has ended before the next. */
const POLL_MS = 2_000;

const POLLS = 5;

const SUBSCRIPTION = `subscription ($id: ID!) {
  syncRunProgress(id: $id) { id status progress { pages } }
}`;

/**
 * Many subscriptions of many tokens to a few jobs, opened at once: statements until each has its first state, and what is
 * asked of the database while nothing changes.
 */
export async function measureFollowers(
  { database, onProgress }: GatewayBench,
  world: GatewayWorld,
  figures: Figures,
  followers: number,
): Promise<void> {
  const { superuser } = database;
  const gateway = world.open({ pollMs: POLL_MS, maxStreams: followers });
  const controller = new AbortController();
  const pickToken = (index: number): string => world.tokens[index % world.tokens.length] ?? '';
  const pickRun = (index: number): string => world.runIds[index % world.runIds.length] ?? '';
  try {
    onProgress(`${followers} subscriptions at once`);
    await resetStatements(superuser);
    const startedAt = performance.now();
    const firsts = await Promise.all(
      Array.from({ length: followers }, async (_, index) => {
        const response = await gateway.fetch(
          graphqlRequest(
            pickToken(index),
            JSON.stringify({ query: SUBSCRIPTION, variables: { id: pickRun(index) } }),
            { accept: 'text/event-stream', signal: controller.signal },
          ),
        );
        return readFirstEvent(response);
      }),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const first = await countReads(superuser);
    figures.exactly(
      'followers.with_first_state',
      firsts.filter((text) => text.includes('"RUNNING"')).length,
      'subscriptions',
      { equals: followers },
    );
    figures.exactly(
      'followers.overloaded',
      firsts.filter((text) => text.includes('OVERLOADED')).length,
      'subscriptions',
      { equals: 0 },
    );
    figures.exactly('followers.statements_until_first_state', first.total / followers, 'each', {
      atMost: 1,
    });
    figures.report('followers.seconds_until_all_have_one', seconds, 's');
    onProgress('nothing changes');
    // Each run is looked at once more when its changes have begun to be told: that belongs to the start.
    await delay(POLL_MS);
    await resetStatements(superuser);
    await delay(POLLS * POLL_MS);
    const idle = await countReads(superuser);
    const polls = POLLS * world.runIds.length;
    // A poll may begin within the time at both of its ends.
    const looked = polls + world.runIds.length;
    figures.exactly(
      'followers.statements_a_run_and_poll',
      (idle.total - idle.authentication) / looked,
      'statements',
      { atMost: 2 },
    );
    figures.exactly(
      'followers.authentications_a_poll',
      idle.authentication / (POLLS + 1),
      'statements',
      { atMost: 1 },
    );
  } finally {
    controller.abort();
    gateway.endStreams();
    await gateway.dispose();
  }
}

/** The text of a stream up to the end of its first event, or all of an answer that is no stream. */
async function readFirstEvent(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader !== undefined && !/\ndata: .*\n\n/.test(text)) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text;
}
