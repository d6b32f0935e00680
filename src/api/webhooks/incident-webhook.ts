import type { ReportedIncident } from '../../db/delivery/incident-sources.ts';
import type { IncidentReceiver } from '../../db/webhooks/webhook-receivers.ts';
import { unsigned } from './answers.ts';
import { readIncident } from './read-incident.ts';
import {
  checkClaimedLength,
  parseObject,
  readSignature,
  readSignedBody,
  type SignedBodyServices,
} from './signed-body.ts';

/** An incident is a few lines. */
const MAX_INCIDENT_BYTES = 64 * 1024;

/** What the webhooks of incident sources need. */
export interface IncidentWebhookServices extends SignedBodyServices {
  /** The source of this id, else none. */
  readonly findIncidentReceiver: (sourceId: bigint) => Promise<IncidentReceiver[]>;
  /** Writes an incident, or what is new of one that is known. */
  readonly saveReportedIncident: (incident: ReportedIncident) => Promise<void>;
}

const ID = /^[1-9]\d{0,17}$/;

/**
 * Takes one incident: verifies the signature over the bytes as they came and writes it. The same id again changes the
 * same incident. The body for a source that is not there is not read.
 * @throws WebhookRefusal 400, 401, 405, 413, 415, 503; nothing is written then
 */
export async function receiveIncident(
  services: IncidentWebhookServices,
  request: Request,
  sourceId: string,
): Promise<Response> {
  const signature = readSignature(request);
  checkClaimedLength(request, MAX_INCIDENT_BYTES);
  const known = ID.test(sourceId) ? await services.findIncidentReceiver(BigInt(sourceId)) : [];
  const body = await readSignedBody(services, request, {
    signature,
    known,
    maxBytes: MAX_INCIDENT_BYTES,
  });
  try {
    const receivers = known.filter(({ secret }) => body.signers.has(secret));
    if (receivers.length === 0) {
      throw unsigned();
    }
    const incident = readIncident(parseObject(body));
    for (const { teamId, name } of receivers) {
      await services.saveReportedIncident({ ...incident, teamId, source: name });
    }
  } finally {
    body.release();
  }
  return Response.json({ status: 'accepted' }, { status: 202 });
}
