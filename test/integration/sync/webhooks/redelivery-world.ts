import { onTestFinished } from 'vitest';
import { createWebhookActivities } from '../../../../src/activities/webhooks/webhooks.ts';
import type { RedeliverResult } from '../../../../src/contracts/webhooks.ts';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { startNodeHost } from '../../../../src/runtime/http/node-host.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld } from '../requests/asking-world.ts';

/**
 * A team with so many repositories, and webhooks that were never heard of here, because their receiver was down; until
 * the test ends.
 */
export async function openRedeliveryWorld(
  count: number,
  onReceived: (fake: FakeGitHub) => void = () => undefined,
  now: () => Date = () => new Date(),
) {
  const names = Array.from({ length: count }, (_, index) => `repo-${index + 1}`);
  const repositories = names.flatMap(
    (name, index) => aSource([], { name, databaseId: 100 + index }).repositories,
  );
  const opened = await openAskingWorld({ ...aSource([]), repositories }, { now });
  onTestFinished(() => opened.close());
  const received: string[] = [];
  const host = await startNodeHost({
    fetch: async (request) => {
      received.push(request.headers.get('x-github-delivery') ?? '');
      onReceived(opened.fake);
      return new Response(null, { status: 202 });
    },
    host: '127.0.0.1',
    port: 0,
    onError: () => undefined,
  });
  onTestFinished(() => host.close());
  const add = async (name: string, path: string) => {
    const url = `${host.url}${path}`;
    const scope = name.includes('/')
      ? { repository: name }
      : { repository: null, organization: name };
    const hookId = opened.fake.hooks.add({ ...scope, url, secret: 's' });
    const { guid } = await opened.fake.hooks.deliver(hookId, 'push', {}, { arrives: false });
    return guid;
  };
  for (const { owner, name } of repositories) {
    await opened.addRepository(`${owner}/${name}`);
  }
  const { redeliverDeliveries } = createWebhookActivities(opened.aWorker());
  const key = { teamId: String(opened.teamId), connectionId: String(opened.connectionId) };
  return {
    ...opened,
    received,
    add,
    redeliverOf: (connectionId: bigint) =>
      redeliverDeliveries({ ...key, connectionId: String(connectionId), after: null }),
    receiverUrl: host.url,
    ownPath: `/webhooks/github/${opened.connectionId}`,
    names: repositories.map(({ owner, name }) => `${owner}/${name}`) as [string, ...string[]],
    redeliver: (after: string | null = null) => redeliverDeliveries({ ...key, after }),
    redeliverBehind: ({ next, refused }: RedeliverResult) =>
      redeliverDeliveries({ ...key, after: next, ...(refused && { refused }) }),
  };
}
