import type { AccessTokenRow } from '../../db/reads/team-access.ts';
import { builder } from './builder.ts';
import { defineEnum } from './enums.ts';
import { defineConnection } from './connection.ts';

const AccessTokenRole = defineEnum('AccessTokenRole', 'What an access token may do.', {
  VIEWER: 'Reads what its team has.',
  ADMIN: 'Reads and changes what its team has.',
  OPERATOR: 'Operates the installation.',
});

/** A token as those see it who manage it. */
export const AccessToken = builder.objectRef<AccessTokenRow>('AccessToken').implement({
  description:
    'An access token. Its text was shown once, when it was created; only a hash of it is stored.',
  fields: (t) => ({
    id: t.id({ description: 'Id of the token.', resolve: ({ id }) => String(id) }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    userId: t.id({
      description: 'Id of the user in whose name it acts.',
      resolve: ({ userId }) => String(userId),
    }),
    userEmail: t.exposeString('userEmail', { description: 'Email address of that user.' }),
    role: t.expose('role', {
      type: AccessTokenRole,
      description: 'What it may do now: its own role, or that of its user where that is less.',
    }),
    opensAllTeams: t.exposeBoolean('opensAllTeams', {
      description: 'Whether it opens all teams of its user; false for a token of a single team.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    createdBy: t.id({
      nullable: true,
      description: 'Id of the user who created it; null when a command on the database did.',
      resolve: ({ createdBy }) => (createdBy === null ? null : String(createdBy)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it expires; null when it does not.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to five minutes; null when it was not used yet.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null for one that was not.',
    }),
  }),
});

export const AccessTokenConnection = defineConnection(AccessToken, 'AccessToken', 'access tokens');
