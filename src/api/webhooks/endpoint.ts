import { toRefusedResponse, WebhookRefusal } from './answers.ts';
import { receiveGithubWebhook, type GithubWebhookServices } from './github-webhook.ts';
import { receiveIncident, type IncidentWebhookServices } from './incident-webhook.ts';

/** What webhooks need of the rooms below. */
export type WebhookServices = GithubWebhookServices & IncidentWebhookServices;

const GITHUB_PATH = /^\/webhooks\/github(?:\/([^/]+))?$/;
const INCIDENTS_PATH = /^\/webhooks\/incidents\/([^/]+)$/;

/** Answers a request below /webhooks; null when nothing is at its path. */
export async function answerWebhook(
  services: WebhookServices,
  request: Request,
): Promise<Response | null> {
  const { pathname } = new URL(request.url);
  const github = GITHUB_PATH.exec(pathname);
  const incidents = INCIDENTS_PATH.exec(pathname);
  try {
    if (github !== null) {
      return await receiveGithubWebhook(services, request, github[1] ?? null);
    }
    return incidents === null ? null : await receiveIncident(services, request, incidents[1] ?? '');
  } catch (error) {
    if (error instanceof WebhookRefusal) {
      return toRefusedResponse(error);
    }
    throw error;
  }
}
