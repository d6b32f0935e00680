import { createIncidentSource } from '../../../db/delivery/incident-sources.ts';
import { cleanText } from '../../../domain/core/clean-text.ts';
import { builder } from '../../core/builder.ts';
import { invalidInput } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { requireSecrets } from '../../core/team-admin.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

/** A source that was made; the secret is shown this once. */
interface CreatedIncidentSource {
  readonly id: bigint;
  readonly name: string;
  readonly secret: string;
}

const MAX_NAME_CHARACTERS = 100;

/** Source of incidents that people report. */
const MANUAL = 'MANUAL';

const SECRET_BYTES = 32;

const Payload = builder.objectRef<CreatedIncidentSource>('CreateIncidentSourcePayload').implement({
  description:
    'A source of incidents. It sends {id, title, url, repository, environment, openedAt, resolvedAt} as JSON, signed like webhooks of GitHub: X-Hub-Signature-256 is "sha256=" and the HMAC-SHA256 of the body in hexadecimal.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, which its incidents carry.' }),
    webhookUrl: t.string({
      description:
        'Where it sends incidents; a path where the address of the gateway is not configured (PUBLIC_URL).',
      resolve: ({ id }, _args, context) =>
        `${context.services.publicUrl ?? ''}/webhooks/incidents/${id}`,
    }),
    secret: t.exposeString('secret', {
      description: 'The secret that signs its webhooks, shown this once.',
    }),
  }),
});

defineMutation({
  name: 'createIncidentSource',
  description: 'Creates a source that reports incidents by webhook, with a secret of its own.',
  input: {
    description: 'A system that is to report incidents.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team that deals with them.' }),
      name: t.string({
        required: true,
        description: 'A name that no other source of the team has.',
      }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  may: 'add sources of incidents',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const name = cleanText(input.name).text.trim();
    if (name === '' || name.length > MAX_NAME_CHARACTERS || name.toUpperCase() === MANUAL) {
      throw invalidInput(
        `name must have 1 to ${MAX_NAME_CHARACTERS} characters and not be ${MANUAL}: that stands for reports by hand.`,
        'name',
      );
    }
    const secrets = requireSecrets(context);
    const random = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    const secret = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const id = await context.writes.inTeam(teamId, (tx) =>
      createIncidentSource(tx, secrets, { teamId, name, secret }),
    );
    if (id === null) {
      throw invalidInput(
        `The team has a source ${name} already: give this one another name.`,
        'name',
      );
    }
    return { id, name, secret };
  },
});
