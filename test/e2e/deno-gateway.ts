// The gateway as `deno serve` serves it: a module whose default export has `fetch`. DATABASE_URL is that of the application
// role. There is no Temporal, and room for one subscription.
import { createNodeDb } from '../../src/db/core/node-client.ts';
import { createSyncRunNotifications } from '../../src/db/reads/notifications.ts';
import { DomainError } from '../../src/domain/core/errors.ts';
import { createGateway, type GatewayOptions } from '../../src/runtime/http/gateway.ts';
import { createNodeHmac } from '../../src/runtime/webhooks/node-hmac.ts';

const connectionString = process.env['DATABASE_URL'] ?? '';

const log = (fields: object, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
};
const onConnectionError = ({ message }: Error): void => log({}, message);

const NO_TEMPORAL = new Proxy({} as GatewayOptions['launcher'], {
  get: (_target, property) =>
    property === 'readQueues'
      ? async () => ({ sync: 'UNKNOWN', compute: 'UNKNOWN' })
      : () => Promise.reject(new DomainError('TEMPORAL_UNAVAILABLE', 'There is no Temporal here.')),
});

const gateway = createGateway({
  db: createNodeDb({
    connectionString,
    poolSize: 5,
    applicationName: 'throughline gateway on deno',
    onConnectionError,
  }),
  syncRunChanges: createSyncRunNotifications({ connectionString, onConnectionError }),
  launcher: NO_TEMPORAL,
  createHmac: createNodeHmac,
  githubReserve: 0.2,
  graphiql: false,
  logger: { info: log, warn: log, error: log },
  maxStreams: 1,
});

// oxlint-disable-next-line import/no-default-export -- deno serve serves the default export
export default { fetch: gateway.fetch };
