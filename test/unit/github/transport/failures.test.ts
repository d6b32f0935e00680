import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GitHubFailure,
  toGitHubFailure,
  type GitHubFailureKind,
} from '../../../../src/github/transport/failures.ts';
import { readLacking } from '../../../../src/github/transport/schema-refusals.ts';

const NOW = new Date('2026-03-04T12:00:00Z');
const WHAT = 'repository octo/hello';
const RESET = Date.parse('2026-03-04T12:40:00Z') / 1000;

type Headers = Readonly<Record<string, string | number>>;

/** As Octokit throws for a status: the body's message, the answer's headers. */
function statusError(status: number, headers: Headers = {}, message = 'Something'): Error {
  return Object.assign(new Error(message), { status, response: { status, headers } });
}

/** As Octokit throws for an answer of status 200 with errors. */
function answerError(
  errors: readonly { readonly type?: string; readonly message?: string }[],
  headers: Headers = {},
): Error {
  const message = `Request failed due to following response errors:\n${errors.map((e) => ` - ${e.message}`).join('\n')}`;
  return Object.assign(new Error(message), { errors, headers, response: { errors, data: null } });
}

const PRIMARY = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(RESET) };
const LEFT = { 'x-ratelimit-remaining': '4321', 'x-ratelimit-reset': String(RESET) };
const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes.';
const USED_UP = 'API rate limit already exceeded for user ID 1.';

/** Seconds after now until GitHub may be asked again, for each failure that a limit stands behind. */
const LIMITS: readonly (readonly [what: string, error: Error, waitSeconds: number])[] = [
  ['403, nothing left', statusError(403, PRIMARY), 40 * 60 + 1],
  ['429, nothing left', statusError(429, PRIMARY), 40 * 60 + 1],
  [
    '403, nothing left, headers as numbers',
    statusError(403, { ...PRIMARY, 'x-ratelimit-remaining': 0 }),
    40 * 60 + 1,
  ],
  [
    '200 with RATE_LIMITED',
    answerError([{ type: 'RATE_LIMITED', message: USED_UP }], PRIMARY),
    40 * 60 + 1,
  ],
  ['200 with RATE_LIMIT', answerError([{ type: 'RATE_LIMIT', message: USED_UP }], LEFT), 60],
  ['200 without a type', answerError([{ message: USED_UP }], PRIMARY), 40 * 60 + 1],
  ['403, secondary, retry-after', statusError(403, { 'retry-after': '90' }, SECONDARY), 90],
  ['429, secondary, retry-after', statusError(429, { 'retry-after': '90' }, SECONDARY), 90],
  ['200, secondary, retry-after', answerError([{ message: SECONDARY }], { 'retry-after': 90 }), 90],
  ['403, secondary, no time named', statusError(403, LEFT, SECONDARY), 60],
  ['429, no word at all', statusError(429, {}, ''), 60],
  [
    '403 with an old message',
    statusError(403, {}, 'You have triggered an abuse detection mechanism'),
    60,
  ],
  [
    '403 in HTML, retry-after',
    statusError(403, { 'retry-after': '30' }, '<html>slow down</html>'),
    30,
  ],
  ['retry-after wins over the reset', statusError(403, { ...PRIMARY, 'retry-after': '5' }), 5],
  ['retry-after 0 still waits', statusError(429, { 'retry-after': '0' }), 1],
  ['a broken retry-after', statusError(429, { 'retry-after': 'Wed, 04 Mar 2026' }), 60],
  ['a negative retry-after', statusError(429, { 'retry-after': '-5' }), 60],
  ['an endless retry-after', statusError(429, { 'retry-after': '99999999999' }), 2 * 60 * 60],
  ['a reset in the past', statusError(403, { ...PRIMARY, 'x-ratelimit-reset': '1' }), 1],
  ['a reset that is none', statusError(403, { ...PRIMARY, 'x-ratelimit-reset': 'soon' }), 60],
  [
    'a reset at the end of the longest wait',
    statusError(403, { ...PRIMARY, 'x-ratelimit-reset': String(NOW.getTime() / 1000 + 7_199) }),
    2 * 60 * 60,
  ],
  ['a reset in a far year', statusError(403, { ...PRIMARY, 'x-ratelimit-reset': '9e15' }), 60],
];

const OTHERS: readonly (readonly [what: string, error: unknown, kind: GitHubFailureKind])[] = [
  ['401', statusError(401, {}, 'Bad credentials'), 'UNAUTHORIZED'],
  ['403 with points left', statusError(403, LEFT, 'Resource not accessible by token'), 'FORBIDDEN'],
  ['451', statusError(451, {}, 'Repository access blocked'), 'FORBIDDEN'],
  ['FORBIDDEN in an answer', answerError([{ type: 'FORBIDDEN', message: 'SAML' }]), 'FORBIDDEN'],
  ['a missing scope', answerError([{ type: 'INSUFFICIENT_SCOPES', message: 'x' }]), 'FORBIDDEN'],
  ['404', statusError(404, {}, 'Not Found'), 'NOT_FOUND'],
  ['NOT_FOUND in an answer', answerError([{ type: 'NOT_FOUND', message: 'x' }]), 'NOT_FOUND'],
  ['400', statusError(400), 'UNEXPECTED'],
  ['405', statusError(405), 'UNEXPECTED'],
  ['422', statusError(422), 'UNEXPECTED'],
  ['408', statusError(408), 'TRANSIENT'],
  ['500', statusError(500), 'TRANSIENT'],
  ['502 in HTML', statusError(502, {}, '<html>Bad Gateway</html>'), 'TRANSIENT'],
  ['503 with retry-after', statusError(503, { 'retry-after': '5' }), 'TRANSIENT'],
  ['504', statusError(504), 'TRANSIENT'],
  [
    'an error of the server in an answer',
    answerError([{ message: 'Something went wrong' }]),
    'TRANSIENT',
  ],
  ['an answer with an empty list of errors', answerError([]), 'TRANSIENT'],
  ['a broken connection', new TypeError('fetch failed'), 'TRANSIENT'],
  ['a text', 'boom', 'TRANSIENT'],
  ['nothing', undefined, 'TRANSIENT'],
];

describe('a limit', () => {
  it.each(LIMITS)('%s: the failure says until when', (_, error, waitSeconds) => {
    const failure = toGitHubFailure(error, WHAT, NOW);
    expect(failure.kind).toBe('RATE_LIMITED');
    expect(failure.until).toEqual(new Date(NOW.getTime() + waitSeconds * 1000));
    expect(failure.message).toContain(failure.until?.toISOString());
  });
});

/** What each limit stands for: the resource that was asked (PRIMARY) or the whole identity, and whether it names a time. */
const SCOPES: readonly (readonly [what: string, scope: string])[] = [
  ['403, nothing left', 'PRIMARY'],
  ['429, nothing left', 'PRIMARY'],
  ['403, nothing left, headers as numbers', 'PRIMARY'],
  ['200 with RATE_LIMITED', 'PRIMARY'],
  ['200 with RATE_LIMIT', 'PRIMARY, no time'],
  ['200 without a type', 'PRIMARY'],
  ['403, secondary, retry-after', 'SECONDARY'],
  ['429, secondary, retry-after', 'SECONDARY'],
  ['200, secondary, retry-after', 'SECONDARY'],
  ['403, secondary, no time named', 'SECONDARY, no time'],
  ['429, no word at all', 'SECONDARY, no time'],
  ['403 with an old message', 'SECONDARY, no time'],
  ['403 in HTML, retry-after', 'SECONDARY'],
  ['retry-after wins over the reset', 'SECONDARY'],
  ['retry-after 0 still waits', 'SECONDARY'],
  ['a broken retry-after', 'SECONDARY, no time'],
  ['a negative retry-after', 'SECONDARY, no time'],
  ['an endless retry-after', 'SECONDARY'],
  ['a reset in the past', 'PRIMARY'],
  ['a reset that is none', 'PRIMARY, no time'],
  ['a reset at the end of the longest wait', 'PRIMARY'],
  ['a reset in a far year', 'PRIMARY, no time'],
];

describe('what a limit stands for', () => {
  it('is named for every kind of limit', () => {
    const reported = LIMITS.map(([what, error]) => {
      const { limit } = toGitHubFailure(error, WHAT, NOW);
      return [
        what,
        `${limit?.isSecondary === true ? 'SECONDARY' : 'PRIMARY'}${limit?.namesTime === true ? '' : ', no time'}`,
      ];
    });
    expect(reported).toEqual(SCOPES);
  });
});

describe('a failure', () => {
  it.each(OTHERS)('%s is %3$s, without a time', (_, error, kind) => {
    const failure = toGitHubFailure(error, WHAT, NOW);
    expect({ kind: failure.kind, until: failure.until }).toEqual({ kind, until: null });
    expect(failure.cause).toBe(error);
  });

  it('has one sentence that says what it was about or what to do', () => {
    for (const [, error] of [...LIMITS, ...OTHERS]) {
      const { message } = toGitHubFailure(error, WHAT, NOW);
      expect(message).toMatch(/^[A-Z][^\n]{20,300}$/);
      expect(message).toMatch(/octo\/hello|goes on at|Give a new one/);
    }
  });

  it('that is known already stays as it is', () => {
    const known = new GitHubFailure('UNEXPECTED', 'Known.');
    expect(toGitHubFailure(known, WHAT, NOW)).toBe(known);
  });

  it('of something deep in an answer does not make the repository missing', () => {
    const deep = {
      type: 'NOT_FOUND',
      message: 'x',
      path: ['repository', 'pullRequests', 'nodes', 3],
    };
    expect(toGitHubFailure(answerError([deep]), WHAT, NOW).kind).toBe('TRANSIENT');
    const whole = { ...deep, path: ['repository'] };
    expect(toGitHubFailure(answerError([whole]), WHAT, NOW).kind).toBe('NOT_FOUND');
  });
});

describe('the message of a failure', () => {
  it('names a status only where a server gave one', () => {
    const gone = Object.assign(new Error('fetch failed'), { status: 500 });
    expect(toGitHubFailure(gone, WHAT, NOW).message).toBe(
      'GitHub did not answer for repository octo/hello.',
    );
    expect(toGitHubFailure(statusError(502), WHAT, NOW).message).toContain('(502)');
  });

  it.each([
    `ghp_${'a1'.repeat(18)}`,
    `gho_${'b2'.repeat(18)}`,
    'ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln-bmF0dXJl',
    `github_pat_${'c3'.repeat(40)}`,
    'Bearer abcdef0123456789',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  ])('never repeats what may be a credential: %s', (token) => {
    const echoes = [
      answerError([{ message: `No access with ${token} here` }]),
      ...[400, 401, 403, 404, 422, 429, 500].map((status) => statusError(status, {}, token)),
    ];
    for (const error of echoes) {
      expect(toGitHubFailure(error, WHAT, NOW).message).not.toContain(token.slice(7));
    }
  });

  it('can be stored and shown, whatever the server sends', () => {
    const text = `a\0b\nc\u202Ed\uD83D${'\u{1F680}'.repeat(100_000)}`;
    const { message } = toGitHubFailure(answerError([{ message: text }]), WHAT, NOW);
    expect(message.length).toBeLessThan(500);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    const odd = answerError([{ message: 7 as unknown as string }]);
    expect(inspect(toGitHubFailure(odd, WHAT, NOW))).toContain('TRANSIENT');
  });
});

describe('a question that may have been too much', () => {
  it.each([
    ['a gateway that waited too long', statusError(504), true],
    ['a bad gateway', statusError(502), true],
    ['a timeout on the way', statusError(408), true],
    [
      'a query that took too long',
      answerError([{ message: 'Something went wrong while executing your query.' }]),
      true,
    ],
    ['too many nodes', answerError([{ type: 'MAX_NODE_LIMIT_EXCEEDED', message: 'x' }]), true],
    ['too many resources', answerError([{ type: 'RESOURCE_LIMITS_EXCEEDED', message: 'x' }]), true],
    ['our own timeout', new Error('The operation was aborted due to timeout'), true],
    ['a broken server', statusError(500), false],
    ['another error within an answer', answerError([{ type: 'INTERNAL', message: 'Oh' }]), false],
    ['a name that does not resolve', new Error('getaddrinfo ENOTFOUND'), false],
  ])('%s: %3$s', (_, error, isTooHeavy) => {
    expect(toGitHubFailure(error, WHAT, NOW)).toMatchObject({ kind: 'TRANSIENT', isTooHeavy });
  });
});

describe('a refusal', () => {
  const path = ['repository', 'deployments'];
  it.each([
    ['pull requests', answerError([{ type: 'FORBIDDEN', message: 'SAML' }])],
    ['deployments', answerError([{ type: 'FORBIDDEN', message: 'no', path } as object])],
    ['contents', statusError(403, { 'x-accepted-github-permissions': 'contents=read' })],
    [
      'repository hooks',
      statusError(403, { 'x-accepted-github-permissions': 'repository_hooks=read' }),
    ],
  ])('names what is missing: %s', (needed, error) => {
    expect(toGitHubFailure(error, WHAT, NOW).message).toContain(
      `give it read access to ${needed},`,
    );
  });
});

it('a cursor that GitHub does not know any more is no transient failure', () => {
  const error = answerError([{ type: 'INVALID_CURSOR_ARGUMENTS', message: '`x` is no cursor' }]);
  expect(toGitHubFailure(error, WHAT, NOW)).toMatchObject({
    kind: 'UNEXPECTED',
    message: expect.stringContaining('the next sync begins anew'),
  });
});

describe('errors that have not the form of GraphQL', () => {
  const anyError = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        type: fc.jsonValue(),
        message: fc.jsonValue(),
        path: fc.jsonValue(),
        extensions: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );

  it('are a failure with a sentence all the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(anyError)), (errors) => {
        const failure = toGitHubFailure(Object.assign(new Error('x'), { errors }), WHAT, NOW);
        expect(failure).toBeInstanceOf(GitHubFailure);
        expect(failure.message).toMatch(/^(GitHub|The server)/);
        expect(readLacking({ errors })?.every((one) => typeof one === 'string') ?? true).toBe(true);
      }),
      { examples: [[[null]], [[{ path: null }]], [[{ message: 5, path: 'x', extensions: null }]]] },
    );
  });
});
