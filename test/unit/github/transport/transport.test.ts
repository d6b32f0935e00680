import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import {
  createTransport,
  withDeadline,
  type GitHubTransport,
  type ResolvedAddress,
} from '../../../../src/github/transport/transport.ts';
import { allow } from '../../../support/github/github.ts';

const TOKEN = 'token ghp_canary';
const LOOPBACK: ResolvedAddress = { address: '127.0.0.1', family: 4 };

/** Something inside the network that must never hear of us. */
let forbidden: Server;
let forbiddenPort: number;
let connections = 0;

beforeAll(async () => {
  forbidden = createTcpServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => forbidden.listen(0, '127.0.0.1', resolve));
  forbiddenPort = (forbidden.address() as AddressInfo).port;
});
afterAll(() => {
  forbidden.close();
});
beforeEach(() => {
  connections = 0;
});

/** A server behind a name that the operator lists; answers its origin. */
async function serve(name: string, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${name}:${(server.address() as AddressInfo).port}`;
}

/** Names resolve to the loopback address unless given; nothing asks a name server. */
function open(
  options: { readonly resolve?: () => ResolvedAddress[]; readonly timeoutMs?: number } = {},
): GitHubTransport {
  const { resolve = () => [LOOPBACK], ...rest } = options;
  const transport = createTransport({
    allowedHosts: allow('github.test', 'other.test'),
    resolve: async () => resolve(),
    ...rest,
  });
  onTestFinished(() => transport.close());
  return transport;
}

function ask(transport: GitHubTransport, url: string, method = 'GET') {
  const body = method === 'POST' ? { body: '{}' } : {};
  return transport.fetch(url, { method, headers: { authorization: TOKEN }, ...body });
}

async function failureOf(request: Promise<unknown>): Promise<GitHubFailure> {
  const error: unknown = await request.then(
    () => new Error('the request did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubFailure);
  return error as GitHubFailure;
}

const json = { 'content-type': 'application/json' };

describe('an address that must not be asked', () => {
  it.each([
    'http://api.github.com/',
    'ftp://api.github.com/',
    'https://api.github.com@PLACE/',
    'https://user:password@github.test/',
    'https://api.github.com:8443/',
    'https://127.0.0.1/',
    'https://127.0.0.1:PORT/',
    'http://127.0.0.1:PORT/',
    'https://127.1/',
    'https://127.1:PORT/',
    'https://2130706433/',
    'https://2130706433:PORT/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1:PORT/',
    'https://0177.0.0.1/',
    'https://0177.0.0.1:PORT/',
    'https://127.0.0.1./',
    'https://0.0.0.0/',
    'https://0/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[::ffff:169.254.169.254]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[fd00:ec2::254]/',
    'https://[ff02::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://100.100.100.200/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://localhost/',
    'https://localhost./',
    'https://LOCALHOST:PORT/',
    'https://api.localhost/',
    'https://metadata.google.internal/',
    'https://database/',
    'https://①②⑦.⓪.⓪.①/',
    'https://ⓛocalhost/',
    // Public by their look; what they resolve to is not.
    'https://github.example.com/',
    'https://127.0.0.1.nip.example.com/',
  ])('is %s', async (pattern) => {
    const url = pattern
      .replace('PORT', String(forbiddenPort))
      .replace('PLACE', `127.0.0.1:${forbiddenPort}`);
    const failure = await failureOf(ask(open(), url));
    // TRANSIENT would mean that it was tried.
    expect(failure.kind).toBe('HOST_NOT_ALLOWED');
    expect(failure.message).toMatch(/host \S+ is not allowed: .+ GITHUB_ALLOWED_HOSTS, .+\.$/);
    expect(failure.message).toContain(new URL(url).hostname);
    expect(connections).toBe(0);
  });

  it('is a name of which one address is private', async () => {
    const resolve = () => [{ address: '140.82.121.6', family: 4 }, LOOPBACK];
    const failure = await failureOf(ask(open({ resolve }), 'https://github.example.com/'));
    expect(failure.kind).toBe('HOST_NOT_ALLOWED');
  });

  it('is one that a listed name resolves to after it was checked: each connection goes where it was checked', async () => {
    const origin = await serve('github.test', (_request, response) => {
      response.writeHead(200, { ...json, connection: 'close' }).end('{"ok":true}');
    });
    const answers = [LOOPBACK, { address: '169.254.169.254', family: 4 }];
    let asked = 0;
    const transport = open({
      resolve: () => {
        asked += 1;
        return [answers[asked - 1] ?? LOOPBACK];
      },
    });
    expect(await (await ask(transport, origin)).json()).toEqual({ ok: true });
    expect(asked).toBe(1);
    expect((await failureOf(ask(transport, origin))).kind).toBe('HOST_NOT_ALLOWED');
    expect(asked).toBe(2);
  });
});

describe('a redirect', () => {
  function redirectTo(to: string, status = 302): Promise<string> {
    return serve('github.test', (_request, response) => {
      response.writeHead(status, { location: to }).end();
    });
  }

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]/',
    'http://127.0.0.1:PORT/',
    'https://127.0.0.1:PORT/',
    '//127.0.0.1:PORT/',
    'file:///etc/passwd',
  ])('to %s is not followed', async (pattern) => {
    const origin = await redirectTo(pattern.replace('PORT', String(forbiddenPort)));
    expect((await failureOf(ask(open(), origin))).kind).toBe('UNEXPECTED');
    expect(connections).toBe(0);
  });

  it('keeps the token from another origin, and takes it along within its own', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const other = await serve('other.test', ({ headers }, response) => {
      seen.push(headers);
      response.writeHead(200, json).end('{}');
    });
    const origin = await serve('github.test', ({ url, headers }, response) => {
      seen.push(headers);
      const location = url === '/' ? '/renamed' : `${other}/`;
      response.writeHead(301, { location }).end();
    });
    expect((await ask(open(), `${origin}/`)).status).toBe(200);
    expect(seen.map(({ authorization }) => authorization)).toEqual([TOKEN, TOKEN, undefined]);
  });

  it('is followed three times, not for ever', async () => {
    let requests = 0;
    const origin = await serve('github.test', (_request, response) => {
      requests += 1;
      response.writeHead(302, { location: `/${requests}` }).end();
    });
    expect((await failureOf(ask(open(), origin))).kind).toBe('UNEXPECTED');
    expect(requests).toBe(4);
  });

  it.each([301, 302, 303])(
    'with %i of what is sent is not followed: it would become another request',
    async (status) => {
      const origin = await redirectTo('/elsewhere', status);
      expect((await failureOf(ask(open(), `${origin}/graphql`, 'POST'))).kind).toBe('UNEXPECTED');
    },
  );

  it.each([307, 308])('with %i repeats what is sent within its origin alone', async (status) => {
    const seen: string[] = [];
    const other = await serve('other.test', () => seen.push('elsewhere'));
    const origin = await serve('github.test', (request, response) => {
      const { method, url, headers } = request;
      void text(request).then((body) => {
        seen.push([method, url, headers.authorization, body].join(' '));
        response.writeHead(status, { location: url === '/old' ? '/new' : `${other}/` }).end();
      });
    });
    expect((await failureOf(ask(open(), `${origin}/old`, 'POST'))).kind).toBe('UNEXPECTED');
    expect(seen).toEqual(['/old', '/new'].map((url) => `POST ${url} ${TOKEN} {}`));
  });
});

describe('an answer', () => {
  it('that unpacks to more than 20 MB ends there', async () => {
    const bomb = gzipSync(Buffer.alloc(64_000_000, '['));
    const origin = await serve('github.test', (_request, response) => {
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb);
    });
    const failure = await failureOf(ask(open(), origin));
    expect(failure).toMatchObject({ kind: 'TRANSIENT', isTooHeavy: true });
    expect(failure.message).toContain('larger than 20 MB');
  });

  it.each(['before its head', 'in its body'])('that stalls %s is given up', async (where) => {
    const origin = await serve('github.test', (_request, response) => {
      if (where === 'in its body') {
        response.writeHead(200, json).write('{"data":');
      }
    });
    const failure = await failureOf(ask(open({ timeoutMs: 100 }), origin));
    expect(failure).toMatchObject({ kind: 'TRANSIENT', isTooHeavy: true });
    expect(failure.message).toContain('did not answer in time');
  });

  it('is not waited for after the deadline of a request slot, and nothing is sent then', async () => {
    const deadline = new AbortController();
    let requests = 0;
    const origin = await serve('github.test', () => {
      requests += 1;
      deadline.abort();
    });
    const transport = withDeadline(open(), deadline.signal);
    for (const url of [origin, `${origin}/another`]) {
      const failure = await failureOf(ask(transport, url));
      expect(failure).toMatchObject({ kind: 'TRANSIENT', isTooHeavy: false });
      expect(failure.message).toContain('request slot ended');
    }
    expect(requests).toBe(1);
  });

  it('that breaks off may be whole another time', async () => {
    const origin = await serve('github.test', (_request, response) => {
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('{"data":', () => response.socket?.destroy());
    });
    expect(await failureOf(ask(open(), origin))).toMatchObject({ kind: 'TRANSIENT' });
  });

  it('that is no JSON is not read', async () => {
    const origin = await serve('github.test', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    });
    expect(await failureOf(ask(open(), origin))).toMatchObject({ kind: 'UNEXPECTED' });
  });

  it('without a connection behind it names no address', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const failure = await failureOf(ask(open(), `http://github.test:${port}/?signature=secret`));
    expect(failure.kind).toBe('TRANSIENT');
    expect(failure.message).not.toContain('secret');
    expect(failure.message).toContain('ECONNREFUSED');
  });
});
