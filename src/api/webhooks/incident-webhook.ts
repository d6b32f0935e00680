import type { ReportedIncident } from '../../db/delivery/incident-sources.ts';
import type { IncidentReceiver } from '../../db/webhooks/webhook-receivers.ts';
import { readIncident } from './read-incident.ts';
import { parseObject, readSignedBody, verifyReceivers } from './signed-body.ts';

/** An incident is a few lines. */
const MAX_INCIDENT_BYTES = 64 * 1024;

/** What the webhooks of incident sources need. */
export interface IncidentWebhookServices {
  /** The source of this id, else none. */
  readonly findIncidentReceiver: (sourceId: bigint) => Promise<IncidentReceiver[]>;
  /** Writes an incident, or what is new of one that is known. */
  readonly saveReportedIncident: (incident: ReportedIncident) => Promise<void>;
}

const ID = /^[1-9]\d{0,17}$/;

/**
 * Takes one incident: verifies the signature over the bytes as they came and writes it. The same id again changes the
 * same incident.
 * @throws WebhookRefusal 400, 401, 405, 413, 415; nothing is written then
 */
export async function receiveIncident(
  services: IncidentWebhookServices,
  request: Request,
  sourceId: string,
): Promise<Response> {
  const body = await readSignedBody(request, MAX_INCIDENT_BYTES);
  const known = ID.test(sourceId) ? await services.findIncidentReceiver(BigInt(sourceId)) : [];
  const receivers = await verifyReceivers(known, body);
  const incident = readIncident(parseObject(body.bytes));
  for (const { teamId, name } of receivers) {
    await services.saveReportedIncident({ ...incident, teamId, source: name });
  }
  return Response.json({ status: 'accepted' }, { status: 202 });
}
