import { resolveIncident } from '../../../db/delivery/incidents.ts';
import { readRowId } from '../../core/global-id.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { IncidentPayload } from '../../mutations/incident-payload.ts';

defineMutation({
  name: 'resolveIncident',
  description:
    'Ends an incident, whoever reported it. One that has ended keeps its end unless another is given.',
  input: {
    description: 'Which incident has ended.',
    fields: (t) => ({
      incidentId: t.id({ required: true, description: 'The incident.' }),
      resolvedAt: t.field({ type: 'DateTime', description: 'When it ended; now when absent.' }),
    }),
  },
  payload: IncidentPayload,
  errors: [],
  role: 'ADMIN',
  may: 'resolve its incidents',
  team: ({ incidentId }) => readRowId(incidentId, 'Incident').teamId,
  names: 'incident',
  run: async ({ input, context, teamId }) => {
    const incident = readRowId(input.incidentId, 'Incident');
    const resolvedAt = input.resolvedAt ?? null;
    const gatewayNow = context.services.now();
    await context.writes.inTeam(teamId, (tx) =>
      resolveIncident(tx, { ...incident, resolvedAt, gatewayNow }),
    );
    return { incident };
  },
});
