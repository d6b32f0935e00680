import { reportIncident } from '../../../db/delivery/incidents.ts';
import { cleanText } from '../../../domain/core/clean-text.ts';
import { invalidInput } from '../../core/errors.ts';
import { readRowId, readTeamId } from '../../core/global-id.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { IncidentPayload } from '../../mutations/incident-payload.ts';

const MAX_ID_CHARACTERS = 200;
const MAX_TITLE_CHARACTERS = 1_000;
const MAX_URL_CHARACTERS = 2_000;

defineMutation({
  name: 'reportIncident',
  description: 'Reports an incident, or changes one that was reported by hand.',
  input: {
    description: 'An incident that no source reports.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team that deals with it.' }),
      externalId: t.string({
        required: true,
        description: 'A name of your own for it: reporting it again under this name changes it.',
      }),
      title: t.string({ required: true, description: 'What happened, in a line.' }),
      url: t.string({ description: 'Where to read more.' }),
      repositoryId: t.id({ description: 'The repository it is about.' }),
      environment: t.string({ description: 'Where it happened.' }),
      deploymentId: t.id({
        description: 'The deployment that caused it; its repository and environment are taken.',
      }),
      openedAt: t.field({ type: 'DateTime', required: true, description: 'When it began.' }),
      resolvedAt: t.field({ type: 'DateTime', description: 'When it ended, if it has.' }),
    }),
  },
  payload: IncidentPayload,
  errors: [],
  role: 'ADMIN',
  may: 'report its incidents',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const { openedAt } = input;
    const resolvedAt = input.resolvedAt ?? null;
    if (resolvedAt !== null && resolvedAt < openedAt) {
      throw invalidInput('resolvedAt must not lie before openedAt.', 'resolvedAt');
    }
    const given = input.deploymentId ?? null;
    if (given !== null && (input.repositoryId ?? input.environment ?? null) !== null) {
      throw invalidInput(
        'Give deploymentId alone: its repository and environment are those of the incident.',
        'deploymentId',
      );
    }
    const incident = {
      teamId,
      externalId: readText(input.externalId, 'externalId', MAX_ID_CHARACTERS),
      title: readText(input.title, 'title', MAX_TITLE_CHARACTERS),
      url: readUrl(input.url ?? null),
      repositoryId: readId(input.repositoryId, 'Repository', teamId),
      environment:
        input.environment == null
          ? null
          : readText(input.environment, 'environment', MAX_ID_CHARACTERS),
      deploymentId: readId(given, 'Deployment', teamId),
      openedAt,
      resolvedAt,
      gatewayNow: context.services.now(),
    };
    const id = await context.writes.inTeam(teamId, (tx) => reportIncident(tx, incident));
    return { incident: { teamId, id } };
  },
});

/** What is of another team is as unknown as what never was. */
function readId(id: string | null | undefined, type: string, teamId: bigint): bigint | null {
  if (id == null) {
    return null;
  }
  const key = readRowId(id, type);
  return key.teamId === teamId ? key.id : 0n;
}

function readText(value: string, field: string, maxCharacters: number): string {
  const text = cleanText(value).text.trim();
  if (text === '' || text.length > maxCharacters) {
    throw invalidInput(`${field} must have 1 to ${maxCharacters} characters.`, field);
  }
  return text;
}

function readUrl(value: string | null): string | null {
  if (value === null) {
    return null;
  }
  const url = readText(value, 'url', MAX_URL_CHARACTERS);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalidInput('url must be an address that begins with https:// or http://.', 'url');
  }
  return url;
}
