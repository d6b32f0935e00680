/** What part of a code base a file belongs to. JAVASCRIPT is a script whose path does not say which side it is on. */
export type FileCategory =
  'TEST' | 'FRONTEND' | 'BACKEND' | 'JAVASCRIPT' | 'DOCS' | 'CONFIG' | 'OTHER';

const TEST_FOLDER = /(^|\/)(tests?|__tests__)\//;
const TEST_NAME = /^test[_.]|^tests\.py$|[._](test|spec)\./;
/** `latest.ts` is no test: `_test` and `.test` need a separator before and a dot or the end after. */
const TEST_SUFFIX = /_test$|_spec$/;

const SCRIPT_EXTENSIONS = new Set(['js', 'ts', 'mjs', 'cjs', 'mts', 'cts']);

const API_ROUTE = /(^|\/)(pages|app)\/api\//;
const FRONTEND_FOLDER =
  /(^|\/)(components?|hooks|contexts?|composables|stores?|redux|pinia|vuex|pages|views|layouts|screens|templates|frontend|client|web|ui|(apps\/(web|dashboard|admin))|(packages\/(ui|web|frontend))|(app\/(guards|pipes|directives)))\//;
const BACKEND_FOLDER =
  /(^|\/)(apis?|endpoints|routes|routers|controllers?|services?|handlers|resolvers|middlewares?|models?|repositor(y|ies)|database|db|migrations|seeds|prisma|modules|guards|interceptors|decorators|schemas|crud|dependencies|deps|forms|serializers|management|entity|live|channels|plugs|backend|server|(apps\/(api|server|backend))|(packages\/(api|server|backend))|scripts|bin|cmd)\//;

const BY_EXTENSION: ReadonlyMap<string, FileCategory> = new Map([
  ...pairs(
    'FRONTEND',
    'jsx tsx vue svelte dart astro razor mdx css scss sass less styl html htm ejs hbs pug',
  ),
  ...pairs(
    'BACKEND',
    'py php rb java kt kts scala cs fs go rs c h cc cpp hpp ex exs erl swift pl lua r sh bash sql zig hs ml jl clj',
  ),
  ...pairs('DOCS', 'md rst txt adoc tex'),
  ...pairs('CONFIG', 'json yaml yml toml ini xml env lock cfg conf properties'),
]);

const CONFIG_NAMES = new Set(['dockerfile', 'makefile', 'procfile', 'gemfile', 'rakefile']);

function pairs(category: FileCategory, extensions: string): [string, FileCategory][] {
  return extensions.split(' ').map((extension) => [extension, category]);
}

/**
 * Classifies a path: test, then side of a script by its folder, then extension, then dotfiles and well-known names.
 * The order is the original's; a root `test/` folder counts as test too.
 */
export function classifyFile(path: string): FileCategory {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const extension = dot > 0 ? name.slice(dot + 1) : '';
  if (TEST_FOLDER.test(lower) || TEST_NAME.test(name) || TEST_SUFFIX.test(stem)) {
    return 'TEST';
  }
  if (SCRIPT_EXTENSIONS.has(extension)) {
    return classifyScript(lower);
  }
  const known = BY_EXTENSION.get(extension);
  if (known !== undefined) {
    return known;
  }
  return name.startsWith('.') || CONFIG_NAMES.has(name) ? 'CONFIG' : 'OTHER';
}

function classifyScript(path: string): FileCategory {
  if (API_ROUTE.test(path)) {
    return 'BACKEND';
  }
  if (FRONTEND_FOLDER.test(path)) {
    return 'FRONTEND';
  }
  return BACKEND_FOLDER.test(path) ? 'BACKEND' : 'JAVASCRIPT';
}
