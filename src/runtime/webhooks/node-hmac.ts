import { createHmac } from 'node:crypto';
import type { Hmac } from '../../api/webhooks/signature.ts';

/** HMAC-SHA-256 of Node, for the signatures of webhooks. */
export function createNodeHmac(secret: string): Hmac {
  const hmac = createHmac('sha256', secret);
  return {
    update: (bytes) => void hmac.update(bytes),
    digest: () => hmac.digest(),
  };
}
