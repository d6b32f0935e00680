import {
  createApiHandler,
  type ApiDependencies,
  type ApiHandler,
} from '../../../src/api/handler.ts';
import { createQueryBudgets } from '../../../src/api/core/query-budgets.ts';
import { createStreamRegistry } from '../../../src/api/core/stream-registry.ts';
import { createByteBudget } from '../../../src/api/webhooks/byte-budget.ts';
import type { ApiServices } from '../../../src/api/core/context.ts';
import type { Identity } from '../../../src/db/reads/authentication.ts';
import type { ReadSession } from '../../../src/db/reads/read-source.ts';
import { QUERY_LIMITS, type QueryLimits } from '../../../src/domain/core/query-limits.ts';
import { PATIENT } from '../patience.ts';

const VIEWER: Identity = {
  userId: 1n,
  email: 'viewer@example.test',
  name: 'viewer',
  instanceRole: null,
  teamIds: [1n],
  adminTeamIds: [],
};

export interface UnreadGateway {
  readonly handler: ApiHandler;
  /** What was asked of the database, of Temporal and of subscriptions. */
  readonly used: string[];
  /** What was logged. */
  readonly log: { readonly fields: object; readonly message: string }[];
  /** Asks with the body as it is, as the viewer unless another token is given. */
  post(body: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export interface UnreadOptions {
  readonly limits?: QueryLimits;
  /** Milliseconds of the clock of budgets. */
  readonly clock?: () => number;
  readonly doors?: Partial<
    Pick<ApiDependencies, 'graphiql' | 'allowedOrigins' | 'onOperation' | 'heldBytes'>
  >;
}

/** The API with a viewer and without a database: whatever is read is noted, and fails. */
export function createUnreadGateway(options: UnreadOptions = {}): UnreadGateway {
  const { limits = QUERY_LIMITS, clock = () => 0 } = options;
  const used: string[] = [];
  const log: UnreadGateway['log'] = [];
  const note = (fields: object, message: string) => void log.push({ fields, message });
  const watched = (name: string, answers: object = {}): unknown =>
    new Proxy(answers, {
      get: (target, property) => {
        if (property in target) {
          return Reflect.get(target, property) as unknown;
        }
        used.push(`${name}.${String(property)}`);
        throw new Error(`${name} was used`);
      },
    });
  // Opening a session takes nothing: its first statement does.
  const session = new Proxy({ close: async () => undefined } as ReadSession, {
    get: (target, property) =>
      property === 'close'
        ? target.close
        : (used.push(`session.${String(property)}`), Reflect.get(target, property) as unknown),
  });
  const services = {
    reads: { open: () => session, noteWrite: async () => undefined },
    writes: watched('writes'),
    launcher: watched('launcher', {
      readQueues: async () => ({ sync: 'POLLED', compute: 'POLLED' }),
    }),
    syncRunWatch: watched('syncRunWatch'),
    secrets: null,
    readDatabaseReport: null,
    streams: createStreamRegistry(10),
    budgets: createQueryBudgets({ pointsPerMinute: limits.pointsPerMinute, clock }),
    now: () => new Date('2026-03-12T12:00:00Z'),
    deadlines: PATIENT.requests,
  } as unknown as ApiServices;
  const handler = createApiHandler({
    services,
    authenticate: async () => VIEWER,
    webhooks: null,
    heldBytes: createByteBudget(100_000_000),
    lookAtParts: async () => ({ database: true, temporal: true }),
    logger: { info: note, warn: note, error: note },
    costLimits: limits,
    graphiql: false,
    allowedOrigins: new Set(),
    ...options.doors,
  });
  return {
    handler,
    used,
    log,
    post: (body, headers = {}) =>
      handler.fetch(
        new Request('http://gateway.test/graphql', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: 'Bearer viewer',
            ...headers,
          },
          body,
        }),
      ),
  };
}
