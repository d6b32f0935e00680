import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GitHub } from '../../../../src/github/client.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import { connectorFor } from '../../../support/github/github.ts';
import { aPullRequest, aSource, serve } from '../../demo/small-world.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

const KEYS = createAppKeys();
const OTHER_KEYS = createAppKeys();

const START = new Date('2026-03-10T12:00:00Z');
const HOUR = 3_600;

/** A GitHub, and a worker whose clock is so many seconds ahead of it; both clocks can be moved on. */
async function open(aheadSeconds: number, privateKey = KEYS.privateKey) {
  let passedMs = 0;
  const at = (ahead: number): Date => new Date(START.getTime() + passedMs + ahead * 1000);
  let ahead = aheadSeconds;
  const server = await serve(aSource([aPullRequest(1)]), {
    app: { id: 5, slug: 'throughline', publicKey: KEYS.publicKey },
    now: () => at(0),
  });
  server.setInstallation(77);
  server.hooks.add({ repository: null, url: 'http://127.0.0.1:1', secret: 'secret' });
  const connector = connectorFor(() => at(ahead));
  const auth = { kind: 'APP', appId: 5n, installationId: 77n, privateKey } as const;
  return {
    server,
    connect: () => connector({ apiUrl: server.url, auth }),
    /** Requests of the App itself, which are the only ones of REST here. */
    asked: () => server.stats().requests.rest,
    pass: (seconds: number) => void (passedMs += seconds * 1000),
    correct: () => void (ahead = 0),
  };
}

function lookUp(github: GitHub) {
  return github.lookUpRepository({ owner: 'acme', name: 'api' });
}

async function failureOf(request: Promise<unknown>): Promise<GitHubFailure> {
  const error: unknown = await request.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GitHubFailure);
  return error as GitHubFailure;
}

describe('a GitHub App on a machine whose clock is wrong', () => {
  it.each([
    ['right', 0, 1],
    ['behind within what GitHub takes', -60, 1],
    ['31 s ahead', 31, 2],
    ['400 days ahead', 400 * 24 * HOUR, 2],
    ['an hour behind', -HOUR, 2],
  ])('is let in, and signs by GitHub’s clock where it must: %s', async (_what, ahead, requests) => {
    const app = await open(ahead);
    expect((await lookUp(app.connect())).repository).toMatchObject({ name: 'api' });
    expect(app.asked()).toBe(requests);
    // What was learnt once is known: the next token costs one request.
    app.pass(2 * HOUR);
    await lookUp(app.connect());
    expect(app.asked()).toBe(requests + 1);
    const { deliveries } = await app.connect().hooks.listDeliveries({ kind: 'APP' }, null);
    expect(deliveries).toEqual([]);
    expect(app.asked()).toBe(requests + 2);
    expect(app.server.stats().brokenRules).toEqual([]);
  });

  it.each([2 * HOUR, -2 * HOUR])('keeps a token for its hour: %i s ahead', async (ahead) => {
    const app = await open(ahead);
    await lookUp(app.connect());
    await lookUp(app.connect());
    expect(app.asked()).toBe(2);
    app.pass(56 * 60);
    await lookUp(app.connect());
    expect(app.asked()).toBe(3);
  });

  it('learns that the clock was put right', async () => {
    const app = await open(HOUR);
    await lookUp(app.connect());
    app.correct();
    app.pass(2 * HOUR);
    await lookUp(app.connect());
    app.pass(2 * HOUR);
    await lookUp(app.connect());
    expect(app.asked()).toBe(2 + 2 + 1);
  });

  it('with a key that is wrong too hears of the key', async () => {
    const app = await open(HOUR, OTHER_KEYS.privateKey);
    const failure = await failureOf(lookUp(app.connect()));
    expect(failure.kind).toBe('UNAUTHORIZED');
    expect(failure.message).toContain('refuses the private key');
    expect(app.asked()).toBe(2);
  });
});

describe('a server that refuses every time', () => {
  async function refuse(dateHeader: boolean) {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.sendDate = false;
      response.writeHead(401, {
        'content-type': 'application/json',
        ...(dateHeader && { date: START.toUTCString() }),
      });
      const message =
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
      response.end(JSON.stringify({ message }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const connector = connectorFor(() => new Date(START.getTime() + 31_000));
    const { privateKey } = KEYS;
    const auth = { kind: 'APP', appId: 5n, installationId: 77n, privateKey } as const;
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { failure: await failureOf(lookUp(connector({ apiUrl, auth }))), asked };
  }

  it('is a passing failure that says by how much the clock is wrong', async () => {
    const { failure, asked } = await refuse(true);
    expect(failure).toMatchObject({
      kind: 'TRANSIENT',
      message: expect.stringContaining(
        "the clock of this machine is 31 s ahead of GitHub's. Set it by NTP",
      ) as string,
    });
    expect(asked).toBe(2);
  });

  it('is one also where it does not say its own time', async () => {
    const { failure, asked } = await refuse(false);
    expect(failure.kind).toBe('TRANSIENT');
    expect(failure.message).toContain("the clock of this machine is another than GitHub's.");
    expect(asked).toBe(1);
  });
});
