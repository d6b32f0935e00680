/** What is behind an address of the gateway, for people and programs that open its root. */
interface Place {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly about: string;
}

const NAME = 'Throughline';

const ABOUT = 'Engineering metrics that can be followed back to the pull requests behind them.';

/** Where the documentation lies: in the repository, beside the code. */
const DOCUMENTATION = [
  'README.md: how to start, and what to ask',
  'schema.graphql: the whole schema, with descriptions',
  'docs/operations.md: how to run it',
];

const CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

function placesOf(graphiql: boolean): readonly Place[] {
  return [
    {
      path: '/graphql',
      method: 'POST',
      about: 'The GraphQL API; send an access token as "authorization: Bearer …".',
    },
    ...(graphiql
      ? [{ path: '/graphql', method: 'GET', about: 'GraphiQL, in a browser.' } as const]
      : []),
    { path: '/ready', method: 'GET', about: 'Whether this gateway can answer.' },
    { path: '/health', method: 'GET', about: 'Whether this process is up.' },
  ];
}

function toItem({ path, method, about }: Place): string {
  const address = method === 'GET' ? `<a href="${path}">${path}</a>` : path;
  return `<li>${method} ${address}: ${about}</li>`;
}

function toPage(places: readonly Place[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${NAME}</title></head>
<body>
<h1>${NAME}</h1>
<p>${ABOUT}</p>
<ul>
${places.map(toItem).join('\n')}
</ul>
<p>Documentation, in the repository:</p>
<ul>
${DOCUMENTATION.map((each) => `<li>${each}</li>`).join('\n')}
</ul>
</body>
</html>
`;
}

/** Says what is here: a page for a browser, JSON for everybody else. */
export function answerFrontPage(request: Request, graphiql: boolean): Response {
  const headers = {
    vary: 'accept',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'Nothing is to be sent here: the API answers at /graphql.';
    return Response.json(
      { errors: [{ message }] },
      { status: 405, headers: { ...headers, allow: 'GET, HEAD' } },
    );
  }
  const places = placesOf(graphiql);
  return request.headers.get('accept')?.includes('text/html') === true
    ? new Response(toPage(places), {
        headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
      })
    : Response.json(
        { name: NAME, about: ABOUT, places, documentation: DOCUMENTATION },
        { headers },
      );
}
