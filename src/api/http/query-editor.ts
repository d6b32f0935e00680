import { FIRST_QUERY } from './first-query.ts';

/** Below it lie the files of the query editor. */
const FILES_PATH = '/graphiql/';

/** How long a browser keeps the files, in seconds: an upgrade shows within the hour. */
const KEPT_SECONDS = 3_600;

const JAVASCRIPT = 'text/javascript; charset=utf-8';

/**
 * Everything comes from this gateway. The editor sets styles of elements, and its fonts and icons are in its style sheet.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Read by the page's script: a policy without inline scripts lets data stand in the page, but no code. */
function toOptions(endpoint: string): string {
  return JSON.stringify({
    title: 'Throughline',
    endpoint,
    defaultQuery: FIRST_QUERY,
    defaultHeaders: JSON.stringify({ authorization: 'Bearer <your access token>' }, null, 2),
    credentials: 'omit',
    defaultEditorToolsVisibility: 'headers',
  }).replaceAll('<', String.raw`\u003c`);
}

const START = `self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) =>
    '${FILES_PATH}' + (['json', 'graphql'].includes(label) ? label : 'editor') + '.worker.js',
};
YogaGraphiQL.renderYogaGraphiQL(
  document.querySelector('#root'),
  JSON.parse(document.querySelector('#options').textContent),
);
`;

function toPage(endpoint: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Throughline</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${FILES_PATH}editor.css">
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script type="application/json" id="options">${toOptions(endpoint)}</script>
    <script src="${FILES_PATH}editor.js"></script>
    <script src="${FILES_PATH}start.js"></script>
  </body>
</html>
`;
}

interface EditorFile {
  readonly type: string;
  readonly text: string;
}

/** Loaded when a browser first asks: the files have 9 MB, which a gateway that serves no editor does not hold. */
async function loadFile(name: string): Promise<EditorFile | null> {
  const editor = await import('@graphql-yoga/render-graphiql/graphiql');
  const files = new Map<string, EditorFile>([
    ['editor.css', { type: 'text/css; charset=utf-8', text: editor.css }],
    ['editor.js', { type: JAVASCRIPT, text: editor.js }],
    ['start.js', { type: JAVASCRIPT, text: START }],
    ['editor.worker.js', { type: JAVASCRIPT, text: editor.editorWorkerService }],
    ['json.worker.js', { type: JAVASCRIPT, text: editor.jsonWorker }],
    ['graphql.worker.js', { type: JAVASCRIPT, text: editor.graphqlWorker }],
  ]);
  return files.get(name) ?? null;
}

function respond({ type, text }: EditorFile, cacheControl: string): Response {
  return new Response(text, {
    headers: {
      'content-type': type,
      'cache-control': cacheControl,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  });
}

/**
 * Answers a browser that opens the address of GraphQL with GraphiQL, and asks for its files; null for every other request.
 * Yoga's own page loads them from unpkg.com, and its renderer for use offline puts all 9 MB inline into each answer, where
 * no content security policy can tell them from what was injected.
 */
export async function answerQueryEditor(
  request: Request,
  path: string,
  endpoint: string,
): Promise<Response | null> {
  if (request.method !== 'GET') {
    return null;
  }
  if (path === endpoint && request.headers.get('accept')?.includes('text/html') === true) {
    return respond({ type: 'text/html; charset=utf-8', text: toPage(endpoint) }, 'no-store');
  }
  const file = path.startsWith(FILES_PATH) ? await loadFile(path.slice(FILES_PATH.length)) : null;
  return file && respond(file, `private, max-age=${KEPT_SECONDS}`);
}
