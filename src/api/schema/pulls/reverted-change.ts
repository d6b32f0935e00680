import { readRevertedChanges, type RevertedChange } from '../../../db/reads/reverted-changes.ts';
import { MAX_REVERTED } from '../../../domain/pulls/reverted-changes.ts';
import { builder } from '../../core/builder.ts';
import { costs } from '../../core/field-cost.ts';
import { loadRowOrNull } from '../../core/load-row.ts';

const Reverted = builder.objectRef<RevertedChange>('RevertedChange').implement({
  description: 'A change that a pull request says it reverts.',
  fields: (t) => ({
    reference: t.exposeString('reference', {
      description:
        '#12 of the same repository, owner/name#12 of another one, a commit, or a range of commits.',
    }),
    pullRequest: t.prismaField({
      type: 'PullRequest',
      nullable: true,
      description:
        'The pull request; null when the team does not have it, or when a commit is none by which a pull request was merged.',
      resolve: (_query, { teamId, pullRequestId }, _args, context) =>
        pullRequestId === null
          ? null
          : loadRowOrNull(context, 'PullRequest', { teamId, id: pullRequestId }),
    }),
  }),
});

builder.prismaObjectField('PullRequest', 'reverts', (t) =>
  t.field({
    ...costs({ size: MAX_REVERTED }),
    type: [Reverted],
    description: `What it says it reverts, up to ${MAX_REVERTED}: lines of its body such as "Reverts owner/name#12", or a number in the title of a revert.`,
    resolve: ({ teamId, id }, _args, context) =>
      context.reads.load(readRevertedChanges, { teamId, id }),
  }),
);
