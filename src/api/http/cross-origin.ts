/** Origins whose pages may read what the API answers, as browsers write them: `https://app.example.com`. */
export type AllowedOrigins = ReadonlySet<string>;

/** How long a browser may go by one preflight, in seconds; none takes more than a day. */
const PREFLIGHT_SECONDS = 86_400;

/** What a page may send beyond what every page may; `authorization` carries the access token. */
const REQUEST_HEADERS = 'authorization, content-type, x-request-id';

/** What a page may read of an answer beyond its body. */
const ANSWER_HEADERS = 'x-request-id, retry-after';

/** Answers what a browser asks before it lets a page of another origin ask; null for every other request. */
export function answerPreflight(request: Request, allowed: AllowedOrigins): Response | null {
  const origin = request.headers.get('origin');
  const isPreflight =
    request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
  if (origin === null || !isPreflight) {
    return null;
  }
  if (!allowed.has(origin)) {
    const message =
      'Pages of this origin may not ask this API: CORS_ALLOWED_ORIGINS names those that may.';
    return Response.json(
      { errors: [{ message, extensions: { code: 'FORBIDDEN' } }] },
      { status: 403, headers: { vary: 'origin' } },
    );
  }
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
      vary: 'origin, access-control-request-method, access-control-request-headers',
    },
  });
}

/**
 * Lets a page of an allowed origin read the response. Cookies are no way to sign in here, so that no origin is allowed
 * credentials. Yoga's own plugin answers `null` to any other origin, which pages in a sandbox have, and does not reach
 * what is refused before Yoga.
 */
export function allowOrigin(request: Request, response: Response, allowed: AllowedOrigins): void {
  if (allowed.size === 0) {
    return;
  }
  response.headers.append('vary', 'origin');
  const origin = request.headers.get('origin');
  if (origin !== null && allowed.has(origin)) {
    response.headers.set('access-control-allow-origin', origin);
    response.headers.set('access-control-expose-headers', ANSWER_HEADERS);
  }
}
