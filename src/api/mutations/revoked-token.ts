import { builder } from '../core/builder.ts';

/** What mutations answer that revoke a token. */
export const RevokedToken = builder
  .objectRef<{ readonly tokenId: bigint }>('RevokeAccessTokenPayload')
  .implement({
    description: 'An access token that was revoked.',
    fields: (t) => ({
      tokenId: t.id({
        description: 'Id of the token.',
        resolve: ({ tokenId }) => String(tokenId),
      }),
    }),
  });
