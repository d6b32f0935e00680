import { describe, expect, it } from 'vitest';
import { toGitHubFailure } from '../../../src/github/failures.ts';
import { withGaps } from '../../../src/github/partial-answers.ts';

const NOW = new Date('2026-03-04T12:00:00Z');

/** As a client throws for an answer of status 200 with errors. */
function refused(data: unknown, errors: readonly object[]): Promise<unknown> {
  const error = Object.assign(new Error('gaps'), { errors, data });
  return Promise.reject(toGitHubFailure(error, 'repository octo/hello', NOW));
}

const missing = { type: 'NOT_FOUND', message: 'No such pull request', path: ['repository', 'l0'] };
const rollup = {
  type: 'FORBIDDEN',
  message: 'Resource not accessible by integration',
  path: ['repository', 'pullRequests', 'nodes', 0, 'statusCheckRollup'],
};

function page(node: object | null): object {
  return { repository: { pullRequests: { nodes: [node] } } };
}

describe('an answer with gaps', () => {
  it('is what is left when single things are missing, which it names', async () => {
    expect(await withGaps(refused({ repository: { l0: null } }, [missing]))).toEqual({
      answer: { repository: { l0: null } },
      missing: new Set(['l0']),
    });
  });

  it('does not tell what the credential may not see, and keeps the rest', async () => {
    const data = { deploymentHead: null, ...page({ number: 1, statusCheckRollup: null }) };
    const head = { ...rollup, path: ['deploymentHead', 'deployments'] };
    const { answer, missing: gone } = await withGaps(refused(data, [rollup, head]));
    expect(answer).toEqual({ deploymentHead: null, ...page({ number: 1 }) });
    expect(gone).toEqual(new Set());
  });

  it('has no checks left out that are missing and not refused', async () => {
    const data = page({ number: 1, statusCheckRollup: null });
    const { answer } = await withGaps(refused(data, [{ ...rollup, type: 'NOT_FOUND' }]));
    expect(answer).toEqual(data);
  });

  it.each([
    ['anything else is wrong', { repository: { l0: null } }, [missing, { message: 'timeout' }]],
    ['the repository is missing', { repository: null }, [{ ...missing, path: ['repository'] }]],
    ['a part takes it along', { repository: null }, [{ ...rollup, path: rollup.path.slice(0, 2) }]],
    [
      'a pull request is refused',
      { repository: { l0: null } },
      [{ ...missing, type: 'FORBIDDEN' }],
    ],
    ['one of a page is refused', page(null), [rollup]],
    [
      'a list would read as empty',
      page({ labels: null }),
      [{ ...rollup, path: [...rollup.path.slice(0, 4), 'labels'] }],
    ],
    ['nothing came', null, [missing]],
  ])('is none when %s', async (_, data, errors) => {
    await expect(withGaps(refused(data, errors))).rejects.toMatchObject({ name: 'GitHubFailure' });
  });
});
