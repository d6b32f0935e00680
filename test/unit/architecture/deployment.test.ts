import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { WORKER_FLAGS } from '../../../bench/sync-worker.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search-attributes.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import { SERVER_TIERS } from '../../../src/db/report/tiers.ts';
import { parseConfig } from '../../../src/runtime/settings/config.ts';
import { SETTINGS } from '../../../src/runtime/settings/settings.ts';
import { POSTGRES_IMAGE } from '../../support/postgres/global-docker-postgres.ts';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: string;
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

const KNOWN: ReadonlySet<string> = new Set(SETTINGS.map(({ name }) => name));

/** `${NAME:?message}`, and anything else that Compose would fill in. */
const REFERENCE = /\$\{(\w+)([^}]*)\}/g;

let composeText: string;
let services: Readonly<Record<string, Service>>;
let dockerfile: string;

function read(path: string): Promise<string> {
  return readFile(join(PROJECT_DIRECTORY, path), 'utf8');
}

/** Services that run our image, with the settings that they give it. */
function ours(): [string, Service][] {
  return Object.entries(services).filter(([, { build }]) => build !== undefined);
}

/** The settings of the image, in `ENV NAME=value \` lines. */
function imageSettings(): Record<string, string> {
  const [, block] = /^ENV ((?:.*\\\n)*.*)$/m.exec(dockerfile) ?? [];
  return Object.fromEntries(
    [...(block ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
}

beforeAll(async () => {
  composeText = await read('docker-compose.yml');
  dockerfile = await read('Dockerfile');
  const compose: { services: typeof services } = parse(composeText, { merge: true });
  ({ services } = compose);
});

describe('docker-compose.yml', () => {
  it('starts workers with the flags under which their memory is measured', () => {
    const workers = ours().filter(([, { command }]) => command === 'worker');
    expect(workers.map(([, { entrypoint }]) => entrypoint)).toEqual(
      workers.map(() => ['node', ...WORKER_FLAGS, '/app/dist/cli/main.js']),
    );
    expect(workers.length).toBeGreaterThan(0);
  });

  it('runs the gateway, the migrations and one worker a queue', () => {
    expect(ours().map(([name, { command }]) => `${name}: ${command}`)).toEqual([
      'migrate: migrate',
      'gateway: gateway',
      ...Object.values(TASK_QUEUES).map((queue) => `worker-${queue}: worker`),
    ]);
    for (const queue of Object.values(TASK_QUEUES)) {
      expect(services[`worker-${queue}`]?.environment?.['WORKER_QUEUES']).toBe(queue);
    }
  });

  it('names no setting that the parser does not know', () => {
    for (const [name, { environment = {} }] of ours()) {
      const unknown = Object.keys(environment).filter((setting) => !KNOWN.has(setting));
      expect({ name, unknown }).toEqual({ name, unknown: [] });
    }
  });

  it('gives each service settings that the parser takes', () => {
    const key = Buffer.alloc(32).toString('base64');
    for (const [, { environment = {} }] of ours()) {
      const filled = Object.entries({ ...imageSettings(), ...environment }).map(
        ([setting, value]) => [
          setting,
          String(value).replaceAll(REFERENCE, (_, name, rest) =>
            rest === ':-' ? '' : name.endsWith('KEY') ? key : 'secret',
          ),
        ],
      );
      const config = parseConfig(Object.fromEntries(filled));
      expect(config.database.url).toMatch(
        /^postgresql:\/\/throughline_application:secret@pgbouncer:6432\/throughline$/,
      );
      expect(config.temporal.address).toBe('temporal:7233');
      expect(config.production).toBe(true);
    }
  });

  it('takes every secret from the environment, without a default, and names it in the example', async () => {
    const references = [...composeText.matchAll(REFERENCE)].map(([, name = '', rest]) => ({
      name,
      rest,
    }));
    const required = references.filter(({ rest }) => rest?.startsWith(':?'));
    expect(required.length).toBeGreaterThan(5);
    const example = await read('deploy/compose.env.example');
    const named = new Set([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name));
    expect(named).toEqual(new Set(required.map(({ name }) => name)));
    // Whatever else Compose fills in is a setting that holds no secret, by its own name, and unset unless it is given.
    const optional = references.filter(
      ({ name, rest }) => !rest?.startsWith(':?') && name !== 'POSTGRES_TIER',
    );
    expect(optional.filter(({ rest }) => rest !== ':-')).toEqual([]);
    const open = new Set(SETTINGS.filter(({ secret }) => secret !== true).map(({ name }) => name));
    expect(optional.filter(({ name }) => !open.has(name))).toEqual([]);
    for (const { name } of optional) {
      expect(composeText).toContain(`  ${name}: \${${name}:-}`);
    }
    const offered = new Set([...example.matchAll(/^# (\w+)=\S+$/gm)].map(([, name]) => name));
    expect(offered).toEqual(new Set(optional.map(({ name }) => name)));
  });

  it('gives the direct URL to what acts as the owner of the tables, and to nothing else', () => {
    const having = ours().filter(([, { environment }]) => environment?.['DATABASE_DIRECT_URL']);
    expect(having.map(([name]) => name)).toEqual(['migrate', 'gateway', 'worker-compute']);
    for (const [, { environment }] of having) {
      expect(environment?.['DATABASE_DIRECT_URL']).toMatch(/@postgres:5432\/throughline$/);
    }
  });

  it('starts PostgreSQL with the settings of a tier, each of which is mounted', () => {
    const { command, volumes = [] } = services['postgres'] ?? {};
    const file = '/etc/postgresql/tier-${POSTGRES_TIER:-1}.conf';
    expect(command).toBe(`postgres -c config_file=${file}`);
    for (const { tier } of SERVER_TIERS) {
      expect(volumes).toContain(
        `./deploy/postgres/tier-${tier}.conf:/etc/postgresql/tier-${tier}.conf:ro`,
      );
    }
  });

  it('waits for what a service needs, and asks those that have a port whether they are well', () => {
    for (const [name, { depends_on: needs = {} }] of Object.entries(services)) {
      const missing = Object.keys(needs).filter((need) => services[need] === undefined);
      const unasked = Object.entries(needs)
        .filter(([, { condition }]) => condition === 'service_healthy')
        .filter(([need]) => services[need]?.healthcheck === undefined);
      expect({ name, missing, unasked }).toEqual({ name, missing: [], unasked: [] });
    }
    expect(Object.keys(services['gateway']?.depends_on ?? {})).toContain('migrate');
    expect(services['gateway']?.healthcheck?.test.join(' ')).toContain(':4000/ready');
  });

  it('mounts files that are there, and can run those that are scripts', async () => {
    const mounts = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'));
    expect(mounts.length).toBeGreaterThanOrEqual(3);
    for (const mount of mounts) {
      const path = join(PROJECT_DIRECTORY, mount.split(':')[0] ?? '');
      const { mode } = await stat(path);
      expect({ path, runs: (mode & 0o111) !== 0 }).toEqual({ path, runs: path.endsWith('.sh') });
    }
  });

  it('pins the images of others, PostgreSQL as the tests use it', () => {
    const images = Object.values(services)
      .filter(({ build }) => build === undefined)
      .map(({ image }) => image);
    expect(images.filter((image) => !/:v?\d/.test(image))).toEqual([]);
    expect(services['postgres']?.image).toBe(POSTGRES_IMAGE);
  });

  it('gives PgBouncer to gateway and workers, in transaction mode, where they look for it', async () => {
    const settings = await read('deploy/pgbouncer/pgbouncer.ini');
    expect(settings).toMatch(
      /^throughline = host=postgres port=5432 dbname=throughline timezone=UTC$/m,
    );
    expect(settings).toMatch(/^listen_port = 6432$/m);
    expect(settings).toMatch(/^pool_mode = transaction$/m);
    expect(settings).toMatch(/^ignore_startup_parameters = options$/m);
    for (const name of [
      'gateway',
      ...Object.values(TASK_QUEUES).map((queue) => `worker-${queue}`),
    ]) {
      expect(Object.keys(services[name]?.depends_on ?? {})).toContain('pgbouncer');
    }
  });

  it('registers the search attributes of the contracts', async () => {
    const script = await read('deploy/temporal/set-up.sh');
    expect(script).toContain(`for name in ${Object.values(SEARCH_ATTRIBUTES).join(' ')}; do`);
  });
});

describe('the Dockerfile', () => {
  it('names no setting that the parser does not know', () => {
    const names = Object.keys(imageSettings());
    expect(names).toContain('NODE_ENV');
    expect(names.filter((name) => !KNOWN.has(name))).toEqual([]);
  });

  it('runs the version of Node that CI tries beside its own', async () => {
    const script = await read('scripts/other-node.mjs');
    const [, version] = /^const IMAGE_NODE = '([\d.]+)';$/m.exec(script) ?? [];
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(images.length).toBeGreaterThan(0);
    expect(new Set(images)).toEqual(new Set([`node:${version}-bookworm-slim`]));
    expect(await read('.ci/run')).toMatch(/ npm run test:image-node \|\| failures=/);
  });

  it('ends as another user than root, with production packages only', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^COPY --from=packages \/app\/node_modules /m);
    expect(last).not.toMatch(/npm|COPY --from=build \/app\/node_modules/);
    const packages = dockerfile.slice(dockerfile.indexOf('AS packages'));
    expect(packages).toMatch(/npm ci --omit=dev/);
  });

  it('copies files that .dockerignore lets through', async () => {
    const ignore = await read('.dockerignore');
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list]) =>
      (list ?? '').split(' '),
    );
    expect(sources.length).toBeGreaterThan(6);
    for (const source of sources) {
      expect(ignore.split('\n')).toContain(`!${source}`);
      await expect(access(join(PROJECT_DIRECTORY, source))).resolves.toBeUndefined();
    }
  });
});
