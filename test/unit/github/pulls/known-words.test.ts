import { isEnumType } from 'graphql';
import { expect, it } from 'vitest';
import { loadGitHubSchema } from '../../../../src/demo/fake-github/graphql/github-schema.ts';
import { mapDeployment } from '../../../../src/github/delivery/deployments.ts';
import { factOf, rawCheck, rawChecks, rawFile, rawList, rawReview } from './raw-facts.ts';

/** The gaps of a pull request, or of a deployment, in which one word stands. */
const GAPS_WITH: Readonly<Record<string, (word: string) => readonly unknown[]>> = {
  CheckStatusState: (status) =>
    factOf({ statusCheckRollup: rawChecks([rawCheck({ status })]) }).gaps,
  CheckConclusionState: (conclusion) =>
    factOf({ statusCheckRollup: rawChecks([rawCheck({ conclusion })]) }).gaps,
  StatusState: (state) => {
    const status = { __typename: 'StatusContext', context: 'ci', state, createdAt: null };
    return factOf({ statusCheckRollup: rawChecks([status], state) }).gaps;
  },
  PatchStatus: (changeType) => factOf({ files: rawList([rawFile({ changeType })]) }).gaps,
  PullRequestReviewState: (state) =>
    factOf({ timelineItems: rawList([rawReview({ state })]) }).gaps,
  DeploymentState: (state) => {
    const { fact } = mapDeployment({
      id: 'DE_1',
      databaseId: 1,
      environment: 'production',
      ref: null,
      commitOid: 'a'.repeat(40),
      state,
      description: null,
      createdAt: '2026-03-01T10:00:00Z',
      creator: null,
      statuses: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] },
    } as unknown as Parameters<typeof mapDeployment>[0]);
    return fact.stateRaw === null ? [] : [fact.stateRaw];
  },
};

it.each(Object.entries(GAPS_WITH))(
  "every word that GitHub's schema has for %s is known, and the next one is no loss",
  async (name, gapsWith) => {
    const type = (await loadGitHubSchema()).getType(name);
    const words = isEnumType(type) ? type.getValues().map(({ name: word }) => word) : [];
    expect(words.length).toBeGreaterThan(3);
    for (const word of words) {
      expect({ word, gaps: gapsWith(word) }).toEqual({ word, gaps: [] });
    }
    expect(gapsWith('A_WORD_OF_NEXT_YEAR').length).toBeGreaterThan(0);
  },
);
