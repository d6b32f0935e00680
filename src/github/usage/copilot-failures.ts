import {
  GitHubFailure,
  headersOf,
  notFound,
  statusOf,
  toGitHubFailure,
} from '../transport/failures.ts';

/** How GitHub words that an organisation's policy, and not the token, stands in the way. */
const POLICY_TEXT = /polic(y|ies)|\b(disabled|not enabled|turned off|unconfigured)\b/i;

/** A header of permissions or scopes, as GitHub writes it; anything else is not shown. */
const PERMISSIONS = /^[\w=:,; -]{1,200}$/;

/** What stands before a group of endpoints. */
export interface CopilotAccess {
  /** What a token needs. */
  readonly permission: string;
  /** What to do about a 422, or a refusal that names a policy. */
  readonly policy: string;
}

export const REPORT_ACCESS: CopilotAccess = {
  permission:
    'the permission "Organization Copilot metrics: read" (fine-grained) or the scope read:org (classic)',
  policy:
    'an owner must set the policy "Copilot usage metrics" to enabled, in the Copilot policies of the enterprise or the organisation',
};

export const SEAT_ACCESS: CopilotAccess = {
  permission:
    'the permission "GitHub Copilot Business: read" (fine-grained) or the scope manage_billing:copilot (classic)',
  policy: "an owner must look at Copilot's plan, policies and payment method in the organisation",
};

/**
 * Reads a thrown error of an endpoint of Copilot's: a policy that is off and a permission that is missing are both
 * 403, and an admin corrects them in different settings.
 * @param what what was asked for, for the message
 */
export function toCopilotFailure(
  error: unknown,
  what: string,
  access: CopilotAccess,
  now: Date,
): GitHubFailure {
  const failure = toGitHubFailure(error, what, now);
  const status = statusOf(error);
  if (failure.kind === 'NOT_FOUND') {
    return notFound(what, error);
  }
  const isRefusal = status === 403 || status === 422 || status === 451;
  if (!isRefusal || failure.kind === 'RATE_LIMITED') {
    return failure;
  }
  const message = error instanceof Error ? error.message : '';
  if (status === 422 || POLICY_TEXT.test(message)) {
    return new GitHubFailure('POLICY_DISABLED', `GitHub gives no ${what}: ${access.policy}.`, {
      cause: error,
    });
  }
  const headers = headersOf(error);
  if (headers['x-github-sso'] !== undefined) {
    return new GitHubFailure(
      'MISSING_SCOPE',
      `GitHub does not let this token read ${what}: authorise it for the organisation's single sign-on.`,
      { cause: error },
    );
  }
  const accepted = [headers['x-accepted-github-permissions'], headers['x-accepted-oauth-scopes']]
    .map((header) => String(header ?? ''))
    .filter((header) => PERMISSIONS.test(header));
  const asked = accepted.length === 0 ? '' : ` GitHub asks for: ${accepted.join('; ')}.`;
  return new GitHubFailure(
    'MISSING_SCOPE',
    `GitHub does not let this token read ${what}: give it ${access.permission}, and make sure that its owner may see Copilot there.${asked}`,
    { cause: error },
  );
}
