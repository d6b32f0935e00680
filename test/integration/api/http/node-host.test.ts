import { connect } from 'node:net';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  startNodeHost,
  type NodeHost,
  type NodeHostOptions,
} from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';

describe('the Node host', () => {
  const hosts: NodeHost[] = [];

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });

  async function start(
    fetchHandler: NodeHostOptions['fetch'],
    options: Partial<NodeHostOptions> = {},
  ): Promise<NodeHost> {
    const host = await startNodeHost({
      fetch: fetchHandler,
      host: '127.0.0.1',
      port: 0,
      onError: () => undefined,
      ...options,
    });
    hosts.push(host);
    return host;
  }

  it('hands method, path, headers and body over, and answers status, headers and body', async () => {
    const host = await start(async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = `${request.method} ${pathname}${search} ${request.headers.get('x-a')} ${await request.text()}`;
      return new Response(body, { status: 207, headers: { 'x-b': 'b' } });
    });
    const answer = await fetch(`${host.url}/a/b?c=d`, {
      method: 'POST',
      headers: { 'x-a': 'a' },
      body: 'é'.repeat(100_000),
    });
    expect([answer.status, answer.headers.get('x-b')]).toEqual([207, 'b']);
    expect(await answer.text()).toBe(`POST /a/b?c=d a ${'é'.repeat(100_000)}`);
  });

  it.each(['/a', '//evil.test/a', 'http://evil.test/a'])(
    'never takes a host from the request line %s',
    async (target) => {
      const host = await start(async (request) => new Response(request.url));
      const socket = connect(host.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.write(`GET ${target} HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n`);
      await new Promise((resolve) => socket.on('close', resolve));
      expect(answer).toContain('http://gateway.invalid/');
    },
  );

  it('takes the next free port when the one asked for is taken, and says so', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => {
      squatter.listen(0, '127.0.0.1', resolve);
    });
    const { port } = squatter.address() as AddressInfo;
    const host = await start(async () => new Response('here'), { port });
    expect(host.isRequestedPort).toBe(false);
    expect(host.port).not.toBe(port);
    expect(await (await fetch(host.url)).text()).toBe('here');
    await new Promise((resolve) => squatter.close(resolve));
  });

  it('says what is wrong with an address that cannot be listened on', async () => {
    await expect(start(async () => new Response(), { host: '203.0.113.1' })).rejects.toThrow(
      'EADDRNOTAVAIL',
    );
  });

  it('tells the handler when the client vanishes, before and during the answer', async () => {
    const aborted: string[] = [];
    const host = await start(async (request) => {
      const { pathname } = new URL(request.url);
      request.signal.addEventListener('abort', () => aborted.push(pathname));
      if (pathname === '/before') {
        return new Promise<Response>(() => undefined);
      }
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('x')),
          cancel: () => void aborted.push('cancelled'),
        }),
      );
    });
    const before = new AbortController();
    const waiting = fetch(`${host.url}/before`, { signal: before.signal });
    const during = new AbortController();
    const streaming = await fetch(`${host.url}/during`, { signal: during.signal });
    await streaming.body?.getReader().read();
    before.abort();
    during.abort();
    await expect(waiting).rejects.toThrow('abort');
    await eventually(() => expect(aborted.toSorted()).toEqual(['/before', '/during', 'cancelled']));
  });

  it('cuts the connection and reports when the handler fails, without a word of the cause', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const host = await start(() => Promise.reject(new Error('canary')), { onError });
    await expect(fetch(host.url)).rejects.toThrow('fetch failed');
    expect(onError).toHaveBeenCalledOnce();
  });

  it('lets running requests end when it closes, and takes no new ones', async () => {
    let finish: (response: Response) => void = () => undefined;
    const host = await start(
      () =>
        new Promise<Response>((resolve) => {
          finish = resolve;
        }),
    );
    const running = fetch(host.url);
    await eventually(() => expect(finish.length).toBe(1));
    const closing = host.close();
    await expect(fetch(host.url)).rejects.toThrow('fetch failed');
    finish(new Response('done'));
    expect(await (await running).text()).toBe('done');
    await closing;
  });

  it('cuts what does not end in time', async () => {
    const host = await start(() => new Promise<Response>(() => undefined), { drainMs: 100 });
    const running = fetch(host.url);
    await Promise.all([expect(running).rejects.toThrow('fetch failed'), host.close()]);
  });
});
