import { afterEach, expect, it } from 'vitest';
import { startMetricsHost } from '../../../../src/runtime/http/metrics-host.ts';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { startTestHost } from '../../../support/test-host.ts';

const hosts: NodeHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function open(temporalUrl: string, port = 0) {
  const log: string[] = [];
  const note = (_fields: object, message: string) => void log.push(message);
  const host = await startMetricsHost({
    settings: { host: '127.0.0.1', port, operations: new Set() },
    render: async () => 'own_total 1\n',
    temporalUrl,
    logger: { info: note, warn: note, error: note } as never,
  });
  hosts.push(host);
  return { host, log };
}

it('answers one scrape with our metrics and those of the SDK, and nothing else', async () => {
  const temporal = await startTestHost(async () => new Response('temporal_total 2\n'), {
    onError: () => undefined,
  });
  hosts.push(temporal);
  const { host, log } = await open(`${temporal.url}/metrics`);
  const answer = await fetch(`${host.url}/metrics`);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await answer.text()).toBe('own_total 1\ntemporal_total 2\n');
  expect((await fetch(`${host.url}/graphql`)).status).toBe(404);
  expect((await fetch(`${host.url}/metrics`, { method: 'POST' })).status).toBe(405);
  expect(log).toEqual(['metrics are served']);
});

it('answers also when the SDK does not', async () => {
  const gone = await startTestHost(async () => new Response(''), { onError: () => undefined });
  await gone.close();
  const { host, log } = await open(`${gone.url}/metrics`);
  expect(await (await fetch(`${host.url}/metrics`)).text()).toBe('own_total 1\n');
  expect(log).toContain("the metrics of Temporal's SDK could not be read");
});

it('refuses a port that is taken: Prometheus would ask somebody else', async () => {
  const { host } = await open('http://127.0.0.1:1/metrics');
  await expect(open('http://127.0.0.1:1/metrics', host.port)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('METRICS_PORT'),
  });
});
