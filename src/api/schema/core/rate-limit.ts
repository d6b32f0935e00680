import { builder } from '../../core/builder.ts';
import { costs } from '../../core/field-cost.ts';
import type { BudgetState } from '../../core/query-budgets.ts';

const RateLimit = builder.objectRef<BudgetState>('RateLimit').implement({
  description:
    'What your access token may spend on queries, in points. A query costs what it may answer at the most: a point for each object and a tenth for each value.',
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'Points that may be spent in a minute.' }),
    remaining: t.exposeInt('remaining', { description: 'Points that are left at the moment.' }),
    used: t.int({
      description: 'Points that were spent and have not come back yet.',
      resolve: ({ limit, remaining }) => limit - remaining,
    }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'When all points are back if nothing more is spent.',
      resolve: ({ fullInMs }, _args, { services }) => new Date(services.now().getTime() + fullInMs),
    }),
  }),
});

builder.queryField('rateLimit', (t) =>
  t.field({
    ...costs({ isFree: true }),
    type: RateLimit,
    authScopes: { viewer: true },
    description: 'The budget of your access token on the gateway that answers. It costs nothing.',
    resolve: (_root, _args, { account, services }) => services.budgets.read(account),
  }),
);
