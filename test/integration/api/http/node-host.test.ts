import { connect } from 'node:net';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { NodeHostOptions } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { exchange, useNodeHosts } from './node-hosts.ts';

describe('the Node host', () => {
  const start = useNodeHosts();

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

  it.each([
    ['/a', '/a'],
    ['//evil.test/a?b=//c', '/evil.test/a?b=//c'],
    ['http://evil.test/a', '/a'],
    ['/\\evil.test/a', '/evil.test/a'],
    ['/\\[', '/['],
    ['/a?b?c', '/a?b?c'],
  ])('never takes a host from the request line %s', async (target, path) => {
    const host = await start(async (request) => new Response(`<${request.url}>`));
    const answer = await exchange(
      host,
      `GET ${target} HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toContain(`<http://gateway.invalid${path}>`);
  });

  it.each(['TRACE', 'CONNECT'])('answers %s with 405 and what is allowed', async (method) => {
    const onError = vi.fn<(error: unknown) => void>();
    const fetchHandler = vi.fn<NodeHostOptions['fetch']>();
    const host = await start(fetchHandler, { onError });
    const answer = await exchange(host, `${method} /graphql HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(answer.toLowerCase()).toContain('\r\nallow: get, post\r\n');
    expect(onError).not.toHaveBeenCalled();
    expect(fetchHandler).not.toHaveBeenCalled();
  });

  it('outlives clients that reset behind CONNECT, and keeps no place for those that stay', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const host = await start(async () => new Response('here'), { onError, maxConnections: 20 });
    const reach = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
        socket.on('error', () => undefined);
        socket.write('CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n', () => resolve(socket));
      });
    for (let times = 0; times < 50; times += 1) {
      (await reach()).resetAndDestroy();
    }
    const staying = await Promise.all(Array.from({ length: 20 }, reach));
    // An error of a socket that nobody hears fails the run of the tests.
    await eventually(async () => expect(await (await fetch(host.url)).text()).toBe('here'));
    staying.forEach((socket) => socket.destroy());
    expect(onError).not.toHaveBeenCalled();
  });

  it('ends the body of an answer that comes when the client has gone', async () => {
    let state = 'asked';
    const host = await start(
      (request) =>
        new Promise((resolve) => {
          state = 'waiting';
          request.signal.addEventListener('abort', () => {
            const cancel = (): void => {
              state = 'cancelled';
            };
            resolve(new Response(new ReadableStream({ cancel })));
          });
        }),
    );
    const client = new AbortController();
    const answer = fetch(host.url, { signal: client.signal });
    await eventually(() => expect(state).toBe('waiting'));
    client.abort();
    await expect(answer).rejects.toThrow('abort');
    await eventually(() => expect(state).toBe('cancelled'));
  });

  it.each(['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'QUERY', 'HEAD'])(
    'hands %s over',
    async (method) => {
      const host = await start(
        async (request) =>
          new Response(null, { status: 204, headers: { 'x-method': request.method } }),
      );
      const answer = await exchange(
        host,
        `${method} /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
      expect(answer).toContain(`x-method: ${method}`);
    },
  );

  it('answers 408 to headers and to a body that do not come in time, without an error', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const outcomes: string[] = [];
    const host = await start(
      async (request) => {
        outcomes.push(
          await request.text().then(
            () => 'read',
            () => 'broken off',
          ),
        );
        return new Response('late');
      },
      { headersMs: 200, bodyMs: 200, onError },
    );
    const answers = await Promise.all([
      exchange(host, 'GET / HTTP/1.1\r\nhost: x\r\n'),
      exchange(host, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf'),
    ]);
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    }
    expect(outcomes).toEqual(['broken off']);
    expect(onError).not.toHaveBeenCalled();
  });

  it('closes connections beyond those that it may have, and serves again when one has gone', async () => {
    const host = await start(async () => new Response('here'), { maxConnections: 2 });
    const sockets = [connect(host.port, '127.0.0.1'), connect(host.port, '127.0.0.1')];
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.on('connect', resolve))),
    );
    const request = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    expect(await exchange(host, request)).toBe('');
    sockets.forEach((socket) => socket.destroy());
    await eventually(async () => expect(await exchange(host, request)).toContain('here'));
  });

  it('cuts a body that is ended on purpose, without an error, and reports one that fails', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const host = await start(
      async (request) => {
        const error = request.url.endsWith('/cut')
          ? new DOMException('over', 'AbortError')
          : new Error('canary');
        return new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('x')),
            pull: (controller) => controller.error(error),
          }),
        );
      },
      { onError },
    );
    for (const path of ['/cut', '/failing']) {
      const failing = fetch(`${host.url}${path}`).then((response) => response.text());
      await expect(failing).rejects.toThrow(/terminated|fetch failed/);
    }
    await eventually(() => expect(onError).toHaveBeenCalledOnce());
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ message: 'canary' });
  });

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
