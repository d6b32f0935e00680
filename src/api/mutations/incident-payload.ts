import { readIncidents, type RowKey } from '../../db/reads/rows-by-key.ts';
import { builder } from '../core/builder.ts';

/** What mutations of incidents answer. */
export const IncidentPayload = builder
  .objectRef<{ readonly incident: RowKey }>('IncidentPayload')
  .implement({
    description: 'The incident as it is now.',
    fields: (t) => ({
      incident: t.prismaField({
        type: 'Incident',
        description: 'The incident.',
        resolve: async (_query, { incident }, _args, context) => {
          const row = await context.reads.load(readIncidents, incident);
          if (row === null) {
            throw new Error('an incident was written but not read back');
          }
          return row;
        },
      }),
    }),
  });
