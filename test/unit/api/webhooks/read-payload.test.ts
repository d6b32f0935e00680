import { describe, expect, it } from 'vitest';
import { readPayload } from '../../../../src/api/webhooks/read-payload.ts';
import { topicOf } from '../../../../src/domain/webhooks/webhook-delivery.ts';
import { EXAMPLE_EVENTS, examplesOf } from '../../../support/github/webhook-examples.ts';

const NUMBERED = [
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
];

/** Every text in a value, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

describe('readPayload', () => {
  it.each(EXAMPLE_EVENTS)('reads every real payload of %s, and keeps no text of it', (event) => {
    for (const payload of examplesOf(event)) {
      const { subject, ignored } = readPayload(event, payload);
      const isUnknown = topicOf(event) === null;
      expect(ignored ?? `${event}.`).toMatch(isUnknown ? new RegExp(` ${event}: .+\\.$`) : /\.$/);
      // Ids, commits, branches and one instant: no title, no body, no address.
      for (const text of textsOf(subject)) {
        expect(text).toMatch(/^(\d+|[0-9a-f]{40}|[\w./-]{1,255}|\d{4}-[\dT:.Z-]+)$/);
      }
    }
  });

  it.each(NUMBERED)('finds the number of the pull request in %s', (event) => {
    for (const payload of examplesOf(event)) {
      const { number } = payload['pull_request'] as { readonly number: number };
      const { id } = payload['repository'] as { readonly id: number };
      const { subject, ignored } = readPayload(event, payload);
      expect(subject).toMatchObject({ pullRequests: [number], repository: String(id) });
      expect(ignored).toBeNull();
    }
  });

  it('tells comments on pull requests from comments on issues', () => {
    const [payload = {}] = examplesOf('issue_comment');
    const issue = payload['issue'] as { readonly number: number };
    expect(readPayload('issue_comment', payload).ignored).toBe(
      'The event concerns no pull request.',
    );
    const onPull = { ...payload, issue: { ...issue, pull_request: { url: 'u' } } };
    expect(readPayload('issue_comment', onPull)).toMatchObject({
      subject: { pullRequests: [issue.number] },
      ignored: null,
    });
  });

  it('takes the branch of a push, and neither tags nor other refs', () => {
    const [payload = {}] = examplesOf('push');
    const branchesOf = (ref: unknown) => readPayload('push', { ...payload, ref }).subject.branches;
    expect(branchesOf('refs/heads/feature/a')).toEqual(['feature/a']);
    expect(branchesOf('refs/tags/v1')).toEqual([]);
    expect(branchesOf(`refs/heads/${'x'.repeat(256)}`)).toEqual([]);
  });

  it('takes of a check the commit and the pull requests of its own repository', () => {
    const [payload = {}] = examplesOf('check_suite');
    const { id } = payload['repository'] as { readonly id: number };
    const pull = (number: number, repository: number) => ({
      number,
      base: { repo: { id: repository } },
    });
    const suite = {
      head_sha: 'a'.repeat(40),
      pull_requests: [pull(3, id), pull(4, id + 1), pull(3, id)],
    };
    expect(readPayload('check_suite', { ...payload, check_suite: suite }).subject).toMatchObject({
      pullRequests: [3],
      commits: ['a'.repeat(40)],
    });
  });

  it('reads when an installation was changed, in seconds and in ISO 8601', () => {
    const instants = examplesOf('installation').map(
      (payload) => readPayload('installation', payload).subject.changedAt,
    );
    expect(instants).not.toContain(null);
    expect(instants.every((at) => at === new Date(at ?? '').toISOString())).toBe(true);
  });

  it.each([
    ['other types', { repository: 7, pull_request: 'x', number: '1', action: 3 }],
    ['nulls', { repository: null, pull_request: null, installation: null }],
    ['numbers that are none', { repository: { id: 1e300 }, pull_request: { number: -1 } }],
    ['numbers beyond the database', { repository: { id: 1 }, pull_request: { number: 2 ** 31 } }],
    ['lists for objects', { repository: [], pull_request: [[]], installation: [1] }],
    ['names of the language', JSON.parse('{"__proto__":{"repository":{"id":1}},"constructor":1}')],
  ])('leaves out %s instead of failing', (_what, payload: Record<string, unknown>) => {
    for (const event of [
      'pull_request',
      'push',
      'check_run',
      'status',
      'installation',
      'constructor',
    ]) {
      const read = readPayload(event, payload);
      expect(read.subject.pullRequests).toEqual([]);
      expect(read.installationId).toBeNull();
    }
  });

  it('bounds lists: a payload cannot name more than a hundred of anything', () => {
    const payload = {
      repositories_added: Array.from({ length: 5_000 }, (_entry, index) => ({ id: index + 1 })),
    };
    expect(readPayload('installation_repositories', payload).subject.repositories).toHaveLength(
      100,
    );
  });
});
