import { describe, expect, it } from 'vitest';
import { exchange, useNodeHosts } from './node-hosts.ts';

describe('a body in chunks', () => {
  const start = useNodeHosts();

  const chunksOf = (size: number, times: number): string =>
    `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(times);

  async function send(chunks: string, rest = ''): Promise<{ answer: string; read: number }> {
    let read = 0;
    const host = await start(async (request) => {
      for await (const chunk of request.body ?? []) {
        read += chunk.byteLength;
      }
      return new Response(`read ${read}`);
    });
    const head =
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
    return { answer: await exchange(host, `${head}${chunks}${rest}`), read };
  }

  it('is refused when they are crumbs, before much of it is read', async () => {
    const { answer, read } = await send(chunksOf(1, 300_000));
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"BAD_REQUEST"');
    expect(read).toBeLessThan(50_000);
  });

  it.each([
    ['few crumbs', 1, 3_000],
    ['many of a hundred bytes', 100, 20_000],
    ['some of 64 KB', 65_536, 30],
  ])('is read when they are %s', async (_what, size, times) => {
    const { answer } = await send(chunksOf(size, times), '0\r\n\r\n');
    expect(answer).toContain(`read ${size * times}`);
  });

  it('is read however slowly that is done', async () => {
    let read = 0;
    const host = await start(async (request) => {
      for await (const chunk of request.body ?? []) {
        await new Promise((resolve) => setImmediate(resolve));
        read += chunk.byteLength;
      }
      return new Response('all');
    });
    const answer = await fetch(host.url, { method: 'POST', body: 'x'.repeat(20_000_000) });
    expect([await answer.text(), read]).toEqual(['all', 20_000_000]);
  });
});
