import { generateAccessToken } from '../../domain/core/access-token.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';
import type { Db } from '../core/client.ts';
import { connectionSecretScope } from '../connections/github-connections.ts';
import type { SecretBox, SecretScope } from '../core/secret-box.ts';

/** Set-up that comes before any team is known; runs as the role that owns the tables. */

export interface ProvisionTeamInput {
  readonly slug: string;
  readonly name: string;
  readonly adminEmail: string;
  readonly adminName: string;
}

export interface ProvisionedTeam {
  readonly teamId: bigint;
  readonly userId: bigint;
}

/** Makes the team and its admin, or finds them: a team that is there keeps its name, which its admins may have chosen. */
export async function provisionTeam(
  maintenance: Db,
  input: ProvisionTeamInput,
): Promise<ProvisionedTeam> {
  return maintenance.$transaction(async (tx) => {
    const team = await tx.team.upsert({
      where: { slug: input.slug },
      create: { slug: input.slug, name: input.name },
      update: {},
    });
    const user = await tx.appUser.upsert({
      where: { email: input.adminEmail },
      create: { email: input.adminEmail, name: input.adminName },
      update: { name: input.adminName },
    });
    await tx.membership.upsert({
      where: { teamId_userId: { teamId: team.id, userId: user.id } },
      create: { teamId: team.id, userId: user.id, role: 'ADMIN' },
      update: { role: 'ADMIN' },
    });
    return { teamId: team.id, userId: user.id };
  });
}

/**
 * The team with this slug.
 * @param maintenance as the owner of the tables: no team is known yet
 * @throws DomainError NOT_FOUND when there is none
 */
export async function readTeamId(maintenance: Db, slug: string): Promise<bigint> {
  const team = await maintenance.team.findUnique({ where: { slug }, select: { id: true } });
  if (team === null) {
    throw new DomainError(
      'NOT_FOUND',
      `There is no team with the slug "${excerpt(slug)}": the API's teams list them.`,
    );
  }
  return team.id;
}

export interface MintTokenInput {
  readonly userId: bigint;
  /** A token of the same name and user that is still valid is revoked. */
  readonly name: string;
  readonly lifetimeMs: number;
  readonly now: Date;
}

/**
 * Mints an access token and stores only its SHA-256.
 * @returns the token, `tl_` and 64 hexadecimal digits; it cannot be read again
 */
export async function mintAccessToken(maintenance: Db, input: MintTokenInput): Promise<string> {
  const { secret, hash } = await generateAccessToken();
  await maintenance.$transaction([
    maintenance.accessToken.updateMany({
      where: { userId: input.userId, name: input.name, revokedAt: null },
      data: { revokedAt: input.now },
    }),
    maintenance.accessToken.create({
      data: {
        userId: input.userId,
        name: input.name,
        hash,
        expiresAt: new Date(input.now.getTime() + input.lifetimeMs),
      },
    }),
  ]);
  return secret;
}

export interface ProvisionConnectionInput {
  readonly teamId: bigint;
  readonly apiUrl: string;
  readonly token: string;
  readonly secrets: SecretBox;
}

/** Gives the team this credential; an earlier connection keeps its row, so repositories stay with it. */
export async function provisionConnection(
  maintenance: Db,
  input: ProvisionConnectionInput,
): Promise<void> {
  const { teamId } = input;
  await maintenance.$transaction(async (tx) => {
    const found = await tx.githubConnection.findFirst({
      where: { teamId },
      orderBy: { id: 'asc' },
    });
    const row =
      found ??
      (await tx.githubConnection.create({ data: { teamId, kind: 'PAT', apiUrl: input.apiUrl } }));
    const scope = connectionSecretScope(teamId, row.id);
    const isSame =
      row.apiUrl === input.apiUrl &&
      (await isSealed(input.secrets, row.secret, scope, input.token));
    const secret = await input.secrets.seal(input.token, scope);
    await tx.githubConnection.update({
      where: { teamId_id: { teamId, id: row.id } },
      data: {
        apiUrl: input.apiUrl,
        secret,
        // Another token may be another user's, whose limits are counted apart: it is asked for again.
        identity: isSame ? row.identity : null,
        kind: 'PAT',
        appId: null,
        installationId: null,
        status: 'ACTIVE',
        statusReason: null,
        disconnectedAt: null,
        updatedAt: new Date(),
      },
    });
  });
}

/** Whether an envelope holds this text. One that cannot be opened any more (its key is gone) does not. */
async function isSealed(
  secrets: SecretBox,
  envelope: string | null,
  scope: SecretScope,
  plain: string,
): Promise<boolean> {
  if (envelope === null) {
    return false;
  }
  try {
    return (await secrets.open(envelope, scope)) === plain;
  } catch {
    return false;
  }
}
