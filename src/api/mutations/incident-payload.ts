import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { builder } from '../core/builder.ts';
import { loadRow } from '../core/load-row.ts';

/** What mutations of incidents answer. */
export const IncidentPayload = builder
  .objectRef<{ readonly incident: RowKey }>('IncidentPayload')
  .implement({
    description: 'The incident as it is now.',
    fields: (t) => ({
      incident: t.prismaField({
        type: 'Incident',
        description: 'The incident.',
        resolve: (_query, { incident }, _args, context) => loadRow(context, 'Incident', incident),
      }),
    }),
  });
