import { randomBytes, verify } from 'node:crypto';
import { toInstant } from '../core/github-data.ts';
import { restError } from './rest/rest-scope.ts';
import type { RestAnswer } from './rest/rest-scope.ts';

/** What a credential can be missing, as GitHub names its permissions. */
export type Permission =
  | 'pull_requests'
  | 'contents'
  | 'deployments'
  | 'checks'
  | 'statuses'
  | 'members'
  | 'repository_hooks'
  | 'organization_hooks';

export type Permissions = Readonly<Partial<Record<string, 'read' | 'write'>>>;

/** A personal access token. */
export interface TokenSettings {
  /** Whose it is; the viewer's of the source unless given. */
  readonly login?: string;
  /** Scopes of a classic token; null = a fine-grained one, which reports none. */
  readonly scopes?: string | null;
  readonly missing?: readonly Permission[];
}

export interface AppSettings {
  readonly id: number;
  readonly slug: string;
  /** PEM. When it is given, the App's tokens must be signed with its private half. */
  readonly publicKey?: string;
}

/** Of an installation; what is not given stays, or is as of a new one. */
export interface InstallationSettings {
  /** Login of the organisation whose repositories it sees; unless given, that of the first one, and it sees all. */
  readonly account?: string;
  readonly permissions?: Permissions;
  readonly isSuspended?: boolean;
}

export interface Installation {
  readonly id: number;
  readonly account: string | null;
  readonly permissions: Permissions;
  readonly suspendedAt: string | null;
}

/** Who asks. */
export interface Caller {
  readonly kind: 'ANYONE' | 'USER' | 'INSTALLATION' | 'APP';
  /** Limits are counted by it. */
  readonly identity: string;
  /** Null = the viewer of the source. */
  readonly login: string | null;
  readonly scopes: string | null;
  readonly missing: ReadonlySet<string>;
  /** Login of the only owner whose repositories it sees; null = all of them. */
  readonly account: string | null;
}

/** A caller, or why it is not let in. */
export type Admission = Caller | { readonly refusal: RestAnswer; readonly rule: string | null };

export interface Callers {
  /** Reads who asks from the token of a request; null = there was none. */
  admit(token: string | null, isGraphQL: boolean): Admission;
  /** The key under which requests of a token are counted, good or not. */
  identityOf(token: string | null): string;
  setToken(token: string, settings: TokenSettings): void;
  revokeToken(token: string): void;
  setInstallation(id: number, settings: InstallationSettings): void;
  removeInstallation(id: number): void;
  installation(id: number): Installation | undefined;
  readonly app: AppSettings;
  /** A token of an installation that is there, good for an hour. */
  mint(installation: Installation): { readonly token: string; readonly expiresAt: string };
}

const ANONYMOUS = 'anonymous';
export const SUSPENDED = 'This installation has been suspended';

const BAD_JWT = 'A JSON web token could not be decoded';
const CLASSIC_SCOPES = 'read:org, repo';
const TOKEN_LIFE_MS = 3_600_000;

/** Tokens of installations may have any length: longer than most columns that people give them. */
const TOKEN_BYTES = 390;

/** A token of an App runs out within ten minutes. */
const MAX_JWT_SECONDS = 10 * 60;

/** What GitHub says of times that its own clock contradicts; @octokit/auth-app knows it by these texts. */
const ISSUED_LATER =
  "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
const RUN_OUT =
  "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
const TOO_LONG = "'Expiration time' claim ('exp') is too far in the future";

/** What a new installation may do. */
const ALL_PERMISSIONS: Permissions = {
  metadata: 'read',
  pull_requests: 'read',
  contents: 'read',
  deployments: 'read',
  checks: 'read',
  statuses: 'read',
  members: 'read',
  issues: 'read',
  repository_hooks: 'write',
  organization_hooks: 'write',
};

interface Minted {
  readonly installationId: number;
  readonly expiresAtMs: number;
}

/**
 * Who may ask, and what.
 * @param options.token the personal token that is let in; null lets anybody in
 */
export function createCallers(options: {
  readonly token: string | null;
  readonly app: AppSettings;
  readonly now: () => Date;
}): Callers {
  const tokens = new Map<string, TokenSettings>();
  const minted = new Map<string, Minted>();
  const installations = new Map<number, Installation>();
  const { app, now } = options;
  if (options.token !== null) {
    tokens.set(options.token, {});
  }

  function ofInstallation({ installationId, expiresAtMs }: Minted): Admission {
    const installation = installations.get(installationId);
    if (installation === undefined || expiresAtMs <= now().getTime()) {
      return refused(401, 'Bad credentials');
    }
    return installation.suspendedAt === null
      ? {
          kind: 'INSTALLATION',
          identity: `installation:${installationId}`,
          login: `${app.slug}[bot]`,
          scopes: null,
          missing: new Set(
            Object.keys(ALL_PERMISSIONS).filter((name) => !(name in installation.permissions)),
          ),
          account: installation.account,
        }
      : refused(403, SUSPENDED);
  }

  function admit(token: string | null, isGraphQL: boolean): Admission {
    const installation = token === null ? undefined : minted.get(token);
    if (installation !== undefined) {
      return ofInstallation(installation);
    }
    if (token?.split('.').length === 3) {
      const refusal = isGraphQL ? BAD_JWT : refuseTokenOfApp(token, app, now());
      return refusal === null
        ? { ...NOBODY, kind: 'APP', identity: `app:${app.id}` }
        : refused(401, refusal);
    }
    const known = token === null ? undefined : tokens.get(token);
    if (known !== undefined) {
      return toUser(known);
    }
    if (options.token === null && !token?.startsWith('ghs_')) {
      return { ...NOBODY, identity: token ?? ANONYMOUS };
    }
    return token === null ? withoutToken(isGraphQL) : refused(401, 'Bad credentials');
  }

  return {
    admit,
    app,
    identityOf(token) {
      const admission = admit(token, false);
      return 'identity' in admission ? admission.identity : (token ?? ANONYMOUS);
    },
    setToken: (token, settings) => void tokens.set(token, settings),
    revokeToken: (token) => {
      tokens.delete(token);
      minted.delete(token);
    },
    setInstallation: (id, settings) =>
      void installations.set(id, changeInstallation(installations.get(id), id, settings, now())),
    removeInstallation: (id) => void installations.delete(id),
    installation: (id) => installations.get(id),
    mint({ id }) {
      const token = `ghs_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      const expiresAtMs = now().getTime() + TOKEN_LIFE_MS;
      minted.set(token, { installationId: id, expiresAtMs });
      return { token, expiresAt: toInstant(new Date(expiresAtMs)) };
    },
  };
}

/** An installation with other settings; what they leave out stays as it was. */
function changeInstallation(
  known: Installation | undefined,
  id: number,
  { account, permissions, isSuspended }: InstallationSettings,
  now: Date,
): Installation {
  const suspendedAt = known?.suspendedAt ?? null;
  return {
    id,
    account: account ?? known?.account ?? null,
    permissions: permissions ?? known?.permissions ?? ALL_PERMISSIONS,
    suspendedAt:
      isSuspended === undefined
        ? suspendedAt
        : isSuspended
          ? (suspendedAt ?? toInstant(now))
          : null,
  };
}

function toUser({ login, scopes, missing }: TokenSettings): Caller {
  return {
    kind: 'USER',
    identity: `user:${login ?? ''}`,
    login: login ?? null,
    scopes: scopes === undefined ? CLASSIC_SCOPES : scopes,
    missing: new Set(missing),
    account: null,
  };
}

function withoutToken(isGraphQL: boolean): Admission {
  return {
    ...refused(
      401,
      isGraphQL ? 'This endpoint requires you to be authenticated.' : 'Requires authentication',
    ),
    rule: 'A request had no Authorization header.',
  };
}

const NOBODY: Caller = {
  kind: 'ANYONE',
  identity: ANONYMOUS,
  login: null,
  scopes: null,
  missing: new Set(),
  account: null,
};

function refused(status: number, message: string) {
  return { refusal: restError(status, message), rule: null };
}

/**
 * Why a JSON web token is none of the App, null when it is: its form, who made it, by what key where that is known, and
 * when it was issued and runs out, by the server's own clock.
 */
function refuseTokenOfApp(token: string, { id, publicKey }: AppSettings, now: Date): string | null {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg } = readPart(header);
  const { iss, iat, exp } = readPart(payload);
  const isSigned =
    publicKey === undefined ||
    verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${payload}`),
      publicKey,
      Buffer.from(signature, 'base64url'),
    );
  if (alg !== 'RS256' || String(iss) !== String(id) || !isSigned) {
    return BAD_JWT;
  }
  const seconds = Math.floor(now.getTime() / 1000);
  if (!(Number(iat) <= seconds)) {
    return ISSUED_LATER;
  }
  if (!(Number(exp) > seconds)) {
    return RUN_OUT;
  }
  return Number(exp) > seconds + MAX_JWT_SECONDS ? TOO_LONG : null;
}

function readPart(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : {};
  } catch {
    return {};
  }
}
