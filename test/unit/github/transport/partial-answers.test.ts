import { describe, expect, it } from 'vitest';
import { toGitHubFailure } from '../../../../src/github/transport/failures.ts';
import { acceptPartialAnswer } from '../../../../src/github/transport/partial-answers.ts';

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
    expect(
      await acceptPartialAnswer(refused({ repository: { l0: null } }, [missing])),
    ).toMatchObject({
      answer: { repository: { l0: null } },
      missing: new Set(['l0']),
      withheld: new Map(),
    });
  });

  it('does not tell what the credential may not see, and keeps the rest', async () => {
    const data = { deploymentHead: null, ...page({ number: 1, statusCheckRollup: null }) };
    const head = { ...rollup, path: ['deploymentHead', 'deployments'] };
    const { answer, missing: gone } = await acceptPartialAnswer(refused(data, [rollup, head]));
    expect(answer).toEqual({ deploymentHead: null, ...page({ number: 1 }) });
    expect(gone).toEqual(new Set());
  });

  it('has no checks left out that are missing and not refused', async () => {
    const data = page({ number: 1, statusCheckRollup: null });
    const { answer } = await acceptPartialAnswer(refused(data, [{ ...rollup, type: 'NOT_FOUND' }]));
    expect(answer).toEqual(data);
  });

  it.each([
    ['of a page', page(null), rollup, '0'],
    ['of a page that is missing', page(null), { ...rollup, type: 'NOT_FOUND' }, '0'],
    [
      'of a page with a list that would read as empty',
      page({ number: 1, labels: null }),
      { ...rollup, path: [...rollup.path.slice(0, 4), 'labels'] },
      '0',
    ],
    [
      'that was asked for by its number',
      { repository: { pull3: null } },
      { ...rollup, path: ['repository', 'pull3'] },
      'pull3',
    ],
    [
      'of which a list is read on',
      { repository: { l0: { commits: null } } },
      { ...rollup, path: ['repository', 'l0', 'commits'] },
      'l0',
    ],
  ])('says why one is withheld %s', async (_, data, error, entry) => {
    const { withheld, missing: gone } = await acceptPartialAnswer(refused(data, [error]));
    const reason = 'GitHub does not show all of it: Resource not accessible by integration';
    expect(withheld).toEqual(new Map([[entry, reason]]));
    expect(gone).toEqual(new Set());
  });

  it.each([
    ['anything else is wrong', { repository: { l0: null } }, [missing, { message: 'timeout' }]],
    ['the repository is missing', { repository: null }, [{ ...missing, path: ['repository'] }]],
    ['a part takes it along', { repository: null }, [{ ...rollup, path: rollup.path.slice(0, 2) }]],
    [
      'something else of the repository is refused',
      { repository: { defaultBranchRef: null } },
      [{ ...rollup, path: ['repository', 'defaultBranchRef'] }],
    ],
    ['nothing came', null, [missing]],
  ])('is none when %s', async (_, data, errors) => {
    await expect(acceptPartialAnswer(refused(data, errors))).rejects.toMatchObject({
      name: 'GitHubFailure',
    });
  });
});
