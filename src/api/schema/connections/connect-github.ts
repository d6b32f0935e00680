import {
  saveConnection,
  type ConnectionInput,
} from '../../../db/connections/connection-changes.ts';
import { parseApiUrl, PUBLIC_GITHUB_URL } from '../../../domain/connections/github-host.ts';
import { builder } from '../../core/builder.ts';
import { invalidInput, notFound, readField } from '../../core/errors.ts';
import { readRowId, readTeamId } from '../../core/global-id.ts';
import { requireSecrets } from '../../core/team-admin.ts';
import {
  SCHEDULED_DESCRIPTION,
  showConnection,
  tryTest,
  type ConnectionTest,
} from '../../mutations/connection-test.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

interface ConnectedGithub extends ConnectionTest {
  readonly madeWebhookSecret: string | null;
}

const MAX_LABEL_CHARACTERS = 100;
const MAX_TOKEN_CHARACTERS = 4_096;
const MAX_KEY_CHARACTERS = 16_384;
const WEBHOOK_SECRET = /^[\x21-\x7e]{16,200}$/;

const Payload = builder.objectRef<ConnectedGithub>('ConnectGitHubPayload').implement({
  description: 'A connection that was made, or got a new credential.',
  fields: (t) => ({
    connection: t.field({
      type: 'GithubConnection',
      description: 'The connection, with what its test found.',
      resolve: ({ key }, _args, context) => showConnection(context, key),
    }),
    isTested: t.exposeBoolean('isDone', {
      description: 'False when the test goes on, or could not be started.',
    }),
    isScheduled: t.exposeBoolean('isScheduled', { description: SCHEDULED_DESCRIPTION }),
    webhookSecret: t.exposeString('madeWebhookSecret', {
      nullable: true,
      description:
        'Secret of its webhooks, shown this once; null when it was given, or is still the same.',
    }),
  }),
});

const GithubAppInput = builder.inputType('GithubAppInput', {
  description: 'The installation of a GitHub App.',
  fields: (t) => ({
    appId: t.field({ type: 'BigInt', required: true, description: 'Number of the App.' }),
    installationId: t.field({
      type: 'BigInt',
      required: true,
      description: 'Number of the installation, as in its address on GitHub.',
    }),
    privateKey: t.string({
      required: true,
      description: 'Private key of the App, the whole PEM file. It is stored encrypted.',
    }),
  }),
});

defineMutation({
  name: 'connectGitHub',
  description:
    'Connects a team to GitHub, or gives it a new credential, and tests it. The credential is stored encrypted and can never be read again; one that GitHub refuses stays, with the reason in its status.',
  input: {
    description: 'Which team to connect, and with what: a token or an App.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team to connect.' }),
      connectionId: t.id({
        description:
          'The connection that gets this credential. Without it, one to the same API that does not work gets it, else another one is made.',
      }),
      label: t.string({ description: 'A name, to tell several connections apart.' }),
      apiUrl: t.string({
        description: 'REST root of GitHub Enterprise; https://api.github.com when absent.',
      }),
      token: t.string({ description: 'A personal access token. It is stored encrypted.' }),
      app: t.field({ type: GithubAppInput, description: 'The installation of a GitHub App.' }),
      webhookSecret: t.string({
        description: 'Secret of the webhooks; one is made when there is none.',
      }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  may: 'connect it to GitHub',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const connectionId = input.connectionId ?? null;
    const wanted = connectionId === null ? null : readRowId(connectionId, 'GithubConnection');
    if (wanted !== null && wanted.teamId !== teamId) {
      throw notFound('connection');
    }
    const connection: ConnectionInput = {
      teamId,
      connectionId: wanted?.id ?? null,
      label: checkLabel(input.label ?? null),
      apiUrl: readField('apiUrl', () =>
        parseApiUrl(input.apiUrl ?? PUBLIC_GITHUB_URL, context.services.allowedHosts),
      ),
      credential: checkCredential(input.token ?? null, input.app ?? null),
      webhookSecret: checkWebhookSecret(input.webhookSecret ?? null),
    };
    const secrets = requireSecrets(context);
    const saved = await context.writes.inTeam(teamId, (tx) =>
      saveConnection(tx, secrets, connection),
    );
    if (saved === null) {
      throw notFound('connection');
    }
    const test = await tryTest(context, { teamId, id: saved.connectionId });
    return { ...test, madeWebhookSecret: saved.madeWebhookSecret };
  },
});

function checkLabel(label: string | null): string | null {
  const text = label?.trim() ?? '';
  if (text.length > MAX_LABEL_CHARACTERS || /\p{Cc}/u.test(text)) {
    throw invalidInput(
      `label must be a line of up to ${MAX_LABEL_CHARACTERS} characters.`,
      'label',
    );
  }
  return text === '' ? null : text;
}

/** No message repeats what was given: it may be a secret in the wrong place. */
function checkCredential(
  token: string | null,
  app: typeof GithubAppInput.$inferInput | null,
): ConnectionInput['credential'] {
  if (token !== null && app === null) {
    const secret = token.trim();
    if (!/^[\x21-\x7e]+$/.test(secret) || secret.length > MAX_TOKEN_CHARACTERS) {
      throw invalidInput(
        'token is no token of GitHub: copy it again, without spaces and line breaks.',
        'token',
      );
    }
    return { kind: 'PAT', secret };
  }
  if (app !== null && token === null) {
    const secret = app.privateKey.trim();
    const isPem = /^-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+-----END (?:RSA )?PRIVATE KEY-----$/;
    if (!isPem.test(secret) || secret.length > MAX_KEY_CHARACTERS) {
      throw invalidInput(
        'privateKey is no private key: give the whole PEM file that GitHub made.',
        'app.privateKey',
      );
    }
    if (app.appId < 1n || app.installationId < 1n) {
      throw invalidInput(
        'appId and installationId are the numbers that GitHub shows for the App.',
        'app',
      );
    }
    return { kind: 'APP', appId: app.appId, installationId: app.installationId, secret };
  }
  throw invalidInput('Give either a token or an app.');
}

function checkWebhookSecret(secret: string | null): string | null {
  if (secret !== null && !WEBHOOK_SECRET.test(secret)) {
    throw invalidInput(
      'webhookSecret must have 16 to 200 characters of ASCII without spaces; leave it away and one is made.',
      'webhookSecret',
    );
  }
  return secret;
}
