import { readGithubQuotas, type QuotaRow } from '../../../db/reads/github-quotas.ts';
import { builder } from '../../core/builder.ts';
import { formatGlobalId } from '../../core/global-id.ts';

const Resource = builder.enumType('GithubResource', {
  description: "GitHub's APIs, which are limited apart.",
  values: {
    GRAPHQL: { value: 'graphql', description: 'The GraphQL API, counted in points.' },
    REST: { value: 'core', description: 'The REST API, counted in requests.' },
  } as const,
});

const GithubQuota = builder.objectRef<QuotaRow>('GithubQuota').implement({
  description:
    "How one of GitHub's limits stands for a connection. All teams on one GitHub account share it.",
  fields: (t) => ({
    connectionId: t.id({
      description: 'Opaque id of the connection.',
      resolve: ({ teamId, connectionId: id }) => formatGlobalId('GithubConnection', { teamId, id }),
    }),
    resource: t.expose('resource', { type: Resource, description: 'Which API.' }),
    limit: t.exposeInt('limit', {
      nullable: true,
      description: 'Points a window; null where GitHub does not limit.',
    }),
    remaining: t.exposeInt('remaining', {
      nullable: true,
      description: 'Points that are left in this window; null where GitHub does not limit.',
    }),
    resetAt: t.expose('resetAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the window starts anew; null when none is running.',
    }),
    reserve: t.int({
      nullable: true,
      description: 'Points that syncs leave alone: they belong to interactive use.',
      resolve: ({ limit }, _args, context) =>
        limit === null ? null : Math.ceil(limit * context.services.githubReserve),
    }),
    blockedUntil: t.expose('blockedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when GitHub is not asked at all; null when it may be asked.',
    }),
    blockedReason: t.exposeString('blockedReason', {
      nullable: true,
      description: 'Why it is not asked.',
    }),
    requests: t.exposeInt('requests', { description: 'Requests of this team in this window.' }),
    points: t.exposeInt('points', { description: 'Points of this team in this window.' }),
    waiting: t.exposeInt('waiting', {
      description: 'Syncs of this team that wait for GitHub now, over this connection.',
    }),
  }),
});

builder.prismaObjectField('Team', 'githubQuotas', (t) =>
  t.field({
    type: [GithubQuota],
    description: "How GitHub's limits stand: one for each connection and API that was asked.",
    resolve: ({ id }, _args, context) => context.reads.load(readGithubQuotas, { teamId: id }),
  }),
);
