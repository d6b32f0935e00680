import { createVerify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GitHub } from '../../../../src/github/client.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import { connectorFor } from '../../../support/github/github.ts';
import { RAW_REPOSITORY } from '../pulls/raw-facts.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

const KEYS = createAppKeys();

const HOUR_MS = 3_600_000;

interface Installed {
  readonly url: string;
  readonly connect: (privateKey?: string, deadline?: AbortSignal) => GitHub;
  /** What was asked with, in order: `POST <token>` for a mint, `<token>` for a query. */
  readonly asked: string[];
  /** Tokens that are refused although they have not run out. */
  readonly revoked: Set<string>;
  answerMint: { status: number; body: unknown } | null;
  now: Date;
  /** Called before a query is answered. */
  onAsked: () => void;
}

/** An API with one installation, whose tokens are of GitHub's newest, long form. */
async function install(): Promise<Installed> {
  const asked: string[] = [];
  const revoked = new Set<string>();
  const installed: Installed = {
    url: '',
    asked,
    revoked,
    answerMint: null,
    now: new Date(),
    onAsked: () => undefined,
    connect: () => {
      throw new Error('not listening yet');
    },
  };
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const token = (request.headers.authorization ?? '').replace(/^(token|bearer) /, '');
    if (request.url === '/app/installations/77/access_tokens') {
      asked.push('MINT');
      if (!isSigned(request)) {
        send(401, { message: 'A JSON web token could not be decoded' });
      } else if (installed.answerMint !== null) {
        send(installed.answerMint.status, installed.answerMint.body);
      } else {
        const minted = `ghs_${asked.length}_${'x'.repeat(600)}.y.z`;
        const expiresAt = new Date(installed.now.getTime() + HOUR_MS).toISOString();
        send(201, { token: minted, expires_at: expiresAt });
      }
      return;
    }
    asked.push(token.slice(0, 6));
    installed.onAsked();
    send(revoked.has(token.slice(0, 6)) ? 401 : 200, { data: QUERY_ANSWER });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connector = connectorFor(() => installed.now);
  return Object.assign(installed, {
    url,
    connect: (privateKey = KEYS.privateKey, deadline?: AbortSignal) =>
      connector(
        { apiUrl: url, auth: { kind: 'APP', appId: 5n, installationId: 77n, privateKey } },
        deadline,
      ),
  });
}

const QUERY_ANSWER = {
  viewer: { login: 'throughline[bot]', databaseId: 9 },
  rateLimit: null,
  repository: RAW_REPOSITORY,
};

/** Whether the request carries a JWT of our App. */
function isSigned({ headers }: IncomingMessage): boolean {
  const [head, body, signature = ''] = (headers.authorization ?? '')
    .replace('bearer ', '')
    .split('.');
  const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) as { iss?: unknown };
  const verifier = createVerify('RSA-SHA256').update(`${head}.${body}`);
  return String(claims.iss) === '5' && verifier.verify(KEYS.publicKey, signature, 'base64url');
}

function lookUp(github: GitHub) {
  return github.lookUpRepository({ owner: 'acme', name: 'api' });
}

async function failureOf(request: Promise<unknown>): Promise<GitHubFailure> {
  const error: unknown = await request.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GitHubFailure);
  return error as GitHubFailure;
}

describe('an installation of a GitHub App', () => {
  it('is asked with a token that is minted once and kept, over all its clients', async () => {
    const app = await install();
    const found = await lookUp(app.connect());
    await lookUp(app.connect());
    expect(app.asked).toEqual(['MINT', 'ghs_1_', 'ghs_1_']);
    expect(found.identity).toBe(`${new URL(app.url).host}/installation:77`);
  });

  it('mints, asks and renews within one deadline', async () => {
    const app = await install();
    const deadline = new AbortController();
    await lookUp(app.connect(KEYS.privateKey, deadline.signal));
    app.revoked.add('ghs_1_');
    app.onAsked = () => deadline.abort();
    const failure = await failureOf(lookUp(app.connect(KEYS.privateKey, deadline.signal)));
    expect(failure).toMatchObject({ kind: 'TRANSIENT', isTooHeavy: false });
    // Neither the mint of another token nor the second try is sent.
    expect(app.asked).toEqual(['MINT', 'ghs_1_', 'ghs_1_']);
  });

  it('gets another token five minutes before the first runs out', async () => {
    const app = await install();
    const start = app.now.getTime();
    await lookUp(app.connect());
    app.now = new Date(start + HOUR_MS - 5 * 60_000 - 1_000);
    await lookUp(app.connect());
    app.now = new Date(start + HOUR_MS - 5 * 60_000);
    await lookUp(app.connect());
    expect(app.asked).toEqual(['MINT', 'ghs_1_', 'ghs_1_', 'MINT', 'ghs_4_']);
  });

  it('whose token is refused is asked once more, with a fresh one', async () => {
    const app = await install();
    await lookUp(app.connect());
    app.revoked.add('ghs_1_');
    await lookUp(app.connect());
    expect(app.asked).toEqual(['MINT', 'ghs_1_', 'ghs_1_', 'MINT', 'ghs_4_']);
    app.revoked.add('ghs_4_').add('ghs_7_');
    expect((await failureOf(lookUp(app.connect()))).kind).toBe('UNAUTHORIZED');
    expect(app.asked.slice(5)).toEqual(['ghs_4_', 'MINT', 'ghs_7_']);
  });

  it.each([
    [404, 'Not Found', 'UNAUTHORIZED', 'is not installed any more'],
    [403, 'This installation has been suspended', 'SUSPENDED', 'is suspended'],
    [401, 'Integration must generate a public key', 'UNAUTHORIZED', 'refuses the private key'],
    [500, 'Server Error', 'TRANSIENT', 'did not answer'],
    [201, 'no token here', 'UNEXPECTED', 'not what GitHub'],
  ])('that answers %i %j has a kind of its own', async (status, message, kind, sentence) => {
    const app = await install();
    app.answerMint = { status, body: { message } };
    const failure = await failureOf(lookUp(app.connect()));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toContain(sentence);
  });

  it('with a key that is none says so, and does not repeat it', async () => {
    const app = await install();
    const broken = KEYS.privateKey.slice(0, 200);
    const connect = app.connect as (privateKey: string) => GitHub;
    const failure = await failureOf(lookUp(connect(broken)));
    expect(failure.kind).toBe('UNAUTHORIZED');
    expect(failure.message).not.toContain(broken.slice(40, 60));
    expect(failure.cause).toBeUndefined();
    expect(app.asked).toEqual([]);
  });
});
