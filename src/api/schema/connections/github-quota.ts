import { MAX_GITHUB_CONNECTIONS } from '../../../db/connections/connection-changes.ts';
import { readGithubQuotas, type QuotaRow } from '../../../db/reads/github-quotas.ts';
import { builder } from '../../core/builder.ts';
import { costs } from '../../core/field-cost.ts';
import { formatGlobalId } from '../../core/global-id.ts';

const Resource = builder.enumType('GithubResource', {
  description: "GitHub's APIs; each has a rate limit of its own.",
  values: {
    GRAPHQL: { value: 'graphql', description: 'The GraphQL API, limited in points.' },
    REST: { value: 'core', description: 'The REST API, limited in requests.' },
  } as const,
});

const GithubQuota = builder.objectRef<QuotaRow>('GithubQuota').implement({
  description:
    'State of a rate limit of GitHub for a connection. All teams that use the same GitHub account share it.',
  fields: (t) => ({
    connectionId: t.id({
      description: 'Opaque id of the connection.',
      resolve: ({ teamId, connectionId: id }) => formatGlobalId('GithubConnection', { teamId, id }),
    }),
    resource: t.expose('resource', { type: Resource, description: 'The API that is limited.' }),
    limit: t.exposeInt('limit', {
      nullable: true,
      description: 'Points per window; null when there is no limit.',
    }),
    remaining: t.exposeInt('remaining', {
      nullable: true,
      description: 'Points left in this window; null when there is no limit.',
    }),
    resetAt: t.expose('resetAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the window resets; null when no window is open.',
    }),
    reserve: t.int({
      nullable: true,
      description: 'Points that syncs leave for interactive use.',
      resolve: ({ limit }, _args, context) =>
        limit === null ? null : Math.ceil(limit * context.services.githubReserve),
    }),
    blockedUntil: t.expose('blockedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when no requests are sent; null when requests may be sent.',
    }),
    blockedReason: t.exposeString('blockedReason', {
      nullable: true,
      description: 'Why no requests are sent.',
    }),
    requests: t.exposeInt('requests', {
      description: 'Number of requests of this team in this window.',
    }),
    points: t.exposeInt('points', { description: 'Points spent by this team in this window.' }),
    waiting: t.exposeInt('waiting', {
      description: 'Number of syncs of this team that are waiting for GitHub on this connection.',
    }),
  }),
});

builder.prismaObjectField('Team', 'githubQuotas', (t) =>
  t.field({
    // One for each of GitHub's two APIs.
    ...costs({ size: 2 * MAX_GITHUB_CONNECTIONS }),
    type: [GithubQuota],
    description: "State of GitHub's rate limits, one per connection and API that was used.",
    resolve: ({ id }, _args, context) => context.reads.load(readGithubQuotas, { teamId: id }),
  }),
);
