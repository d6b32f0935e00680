import { z } from 'zod';
import { defineSetting } from './define-setting.ts';
import * as kind from './setting-kinds.ts';

/** Where a process serves its metrics. A port of its own: the gateway's may be reached by everybody, and workers have none. */
export const METRICS_SETTINGS = z
  .object({
    port: defineSetting('METRICS_PORT', kind.port.optional(), {
      description:
        'Port on which a gateway or a worker serves /metrics for Prometheus (0 to 65535); 0 takes any free one.',
      whenUnset: 'no metrics are served',
      example: '9464',
    }),
    host: defineSetting('METRICS_HOST', kind.host.prefault('127.0.0.1'), {
      description: 'Address on which /metrics is served; whoever reaches it may read it.',
    }),
    operations: defineSetting('METRICS_OPERATIONS', kind.operationNames.default(new Set()), {
      description:
        'Names of GraphQL operations that metrics count by name, up to 100, separated by commas.',
      whenUnset: 'all operations count as `other`',
      example: 'TeamOverview,PullRequestList',
    }),
  })
  .meta({ title: 'Metrics' });
