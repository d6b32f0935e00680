import { type ChildProcess, spawn } from 'node:child_process';
import {
  access,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../../src/runtime/embedded/free-port.ts';
import { findOrCreateUser } from '../../../src/runtime/embedded/postgres-account.ts';
import { PLAIN_ENVIRONMENT, runCommand } from '../../../src/runtime/embedded/run-command.ts';
import { TEST_ROLE_PASSWORD } from './postgres.ts';
import { PROJECT_DIRECTORY } from '../sources/scratch-tree.ts';

export interface Pgbouncer {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Such as 18 of version 1.18.0. */
  readonly minor: number;
}

/** Why there is no PgBouncer, as a sentence. */
export interface NoPgbouncer {
  readonly reason: string;
}

/** Kept from run to run, where another user can run the program: as root one does. */
const CACHE = join('/var/tmp', `throughline-pgbouncer-${process.getuid?.() ?? 0}`);

/** Finds PgBouncer on PATH, else fetches Debian's package and unpacks it without installing anything. */
export async function findPgbouncer(): Promise<Pgbouncer | NoPgbouncer> {
  const installed = await tryProgram('pgbouncer', PLAIN_ENVIRONMENT);
  if (!('reason' in installed)) {
    return installed;
  }
  const unpacked = join(CACHE, 'root');
  const there = await access(unpacked).then(
    () => true,
    () => false,
  );
  const failure = there ? undefined : await unpackPackages(unpacked);
  if (failure !== undefined) {
    return {
      reason: `PgBouncer is not installed, and could not be fetched with apt-get: ${failure}`,
    };
  }
  const libraries = join(unpacked, 'usr/lib');
  const folders = await readdir(libraries).catch(() => []);
  return tryProgram(join(unpacked, 'usr/sbin/pgbouncer'), {
    ...PLAIN_ENVIRONMENT,
    LD_LIBRARY_PATH: folders.map((folder) => join(libraries, folder)).join(':'),
  });
}

async function tryProgram(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<Pgbouncer | NoPgbouncer> {
  const { output } = await runCommand(program, ['--version'], { env: environment });
  const minor = /^PgBouncer 1\.(\d+)/.exec(output)?.[1];
  return minor === undefined
    ? { reason: `${program} does not run: ${output}` }
    : { program, environment, minor: Number(minor) };
}

/** Answers the complaint when it did not work. The libraries that a Debian without PgBouncer lacks come with it. */
async function unpackPackages(target: string): Promise<string | undefined> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'fetch-'));
  const script = `set -e; cd "$1"
    libraries=$(apt-cache depends pgbouncer | sed -nE 's/.*Depends: (lib(c-ares|cares|event)[^ ]*)$/\\1/p')
    apt-get download pgbouncer $libraries
    for package in *.deb; do dpkg-deb -x "$package" root; done
    chmod -R a+rX . && mv root "$2"`;
  const { exitCode, output } = await runCommand('sh', ['-c', script, 'sh', work, target], {
    env: process.env,
    timeoutMs: 120_000,
  });
  await rm(work, { recursive: true, force: true });
  await chmod(CACHE, 0o755);
  return exitCode === 0 ? undefined : (output.split('\n').at(-1) ?? 'no reason given');
}

export interface RunningPgbouncer {
  /** The database of `databaseUrl` through PgBouncer. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface PgbouncerOptions {
  /** The application role's, past PgBouncer. */
  readonly databaseUrl: string;
  /** Connections to PostgreSQL. */
  readonly poolSize: number;
  /** Instead of what deploy/pgbouncer/pgbouncer.ini says; null leaves a setting out. */
  readonly settings?: Readonly<Record<string, string | null>>;
  /** Of the database, instead of `timezone=UTC`. */
  readonly databaseSettings?: string;
}

/** Starts PgBouncer with the settings that we deploy, in front of a test database. */
export async function startPgbouncer(
  { program, environment }: Pgbouncer,
  options: PgbouncerOptions,
): Promise<RunningPgbouncer> {
  const target = new URL(options.databaseUrl);
  const directory = await mkdtemp(join(tmpdir(), 'throughline-pgbouncer-run-'));
  const files = {
    ini: join(directory, 'pgbouncer.ini'),
    users: join(directory, 'userlist.txt'),
  };
  const port = await findFreePort();
  const settings = {
    ...(await readDeployedSettings()),
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    auth_file: files.users,
    unix_socket_dir: '',
    default_pool_size: String(options.poolSize),
    ...options.settings,
  };
  const database = `host=${target.hostname} port=${target.port || '5432'} ${options.databaseSettings ?? 'timezone=UTC'}`;
  await writeFile(
    files.ini,
    [
      '[databases]',
      `* = ${database}`,
      '[pgbouncer]',
      ...Object.entries(settings).flatMap(([name, value]) =>
        value === null ? [] : [`${name} = ${value}`],
      ),
      '',
    ].join('\n'),
  );
  await writeFile(files.users, `"${target.username}" "${TEST_ROLE_PASSWORD}"\n`);
  // PgBouncer refuses to run as root.
  const user = process.getuid?.() === 0 ? await findOrCreateUser('postgres') : undefined;
  if (user !== undefined) {
    for (const path of [directory, ...Object.values(files)]) {
      await chown(path, user.uid, user.gid);
    }
  }
  const child = spawn(program, [files.ini], {
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
    });
  }
  await waitForPort(child, port, () => log);
  const url = new URL(options.databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function readDeployedSettings(): Promise<Record<string, string>> {
  const text = await readFile(join(PROJECT_DIRECTORY, 'deploy/pgbouncer/pgbouncer.ini'), 'utf8');
  const section = text.slice(text.indexOf('[pgbouncer]'));
  return Object.fromEntries(
    [...section.matchAll(/^(\w+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

async function waitForPort(child: ChildProcess, port: number, log: () => string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answers = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answers) {
      return;
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`PgBouncer does not listen on port ${port}: ${log()}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
