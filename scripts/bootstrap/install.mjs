import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { Ended, exitCodeOf } from './interrupts.mjs';
import { showProgress } from './progress-line.mjs';

/** npm says first what is wrong, others last. */
const FIRST_LINES = 12;
const LAST_LINES = 20;

/** Prisma's engine cannot be downloaded everywhere and is not needed; these keep its scripts from trying. */
const PRISMA_ENVIRONMENT = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.platform === 'win32' ? process.execPath : '/bin/true',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

const GRAPHQL_TYPES = 'scripts/graphql-types.mjs';

/** Installs the locked dependencies unless node_modules already has them. */
export async function ensureInstalled(root, interrupts) {
  const isInstalled = () => dependenciesMatch(root);
  if (isInstalled()) {
    return;
  }
  await withInstallLock(root, interrupts, async (noteChild) => {
    if (isInstalled()) {
      return;
    }
    await runStep(root, interrupts, noteChild, {
      title: 'installing dependencies',
      log: 'install.log',
      command: npmCommand(),
      // A production NODE_ENV would leave out what runs the program from its sources.
      args: ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    });
    writeFileSync(stampPath(root), lockHash(root));
  });
}

/** Generates the database client and GraphQL types unless they were made from these schemas by these packages. */
export async function ensureGenerated(root, interrupts) {
  const stamp = join(root, 'src', 'db', 'generated', '.stamp');
  const wanted = hashFiles(root, [
    'prisma/schema.prisma',
    'prisma.config.ts',
    'schema.graphql',
    GRAPHQL_TYPES,
    'package-lock.json',
  ]);
  const made = [
    'src/db/generated/pothos.ts',
    'src/github/generated/schema.d.ts',
    'src/cli/generated/schema.d.ts',
  ];
  const isGenerated = () =>
    readText(stamp) === wanted && made.every((file) => existsSync(join(root, file)));
  if (isGenerated()) {
    return;
  }
  await withInstallLock(root, interrupts, async (noteChild) => {
    if (isGenerated()) {
      return;
    }
    rmSync(stamp, { force: true });
    for (const args of [['node_modules/prisma/build/index.js', 'generate'], [GRAPHQL_TYPES]]) {
      await runStep(root, interrupts, noteChild, {
        title: 'generating code',
        log: 'generate.log',
        command: [process.execPath],
        args,
      });
    }
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, wanted);
  });
}

/** Runs one step with a line of progress; its output goes to a log that is shown when it fails. */
async function runStep(root, interrupts, noteChild, { title, log, command, args }) {
  const [program, ...before] = command;
  const path = join(root, '.throughline', log);
  const file = openSync(path, 'w');
  const progress = showProgress(title);
  try {
    const child = spawn(program, [...before, ...args], {
      cwd: root,
      env: {
        ...process.env,
        ...PRISMA_ENVIRONMENT,
        PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      },
      stdio: ['ignore', file, file],
      shell: program.endsWith('.cmd'),
    });
    // Listened to at once: a program that cannot be run says so before its number is noted.
    const ended = new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(code ?? signal));
    });
    if (child.pid !== undefined) {
      await noteChild(child.pid);
    }
    let asked;
    const outcome = await interrupts.during(
      (signal) => {
        asked = signal;
        child.kill('SIGTERM');
      },
      () => ended,
    );
    if (asked !== undefined) {
      throw new Ended('', exitCodeOf(asked));
    }
    if (outcome !== 0) {
      throw new Ended(
        `${excerpt(readText(path))}\n\n${title} failed (${outcome}); the whole log is in ${path}.`,
        1,
      );
    }
    progress.done();
  } finally {
    progress.clear();
    closeSync(file);
  }
}

/** The npm that runs us, else the one beside this Node or on PATH. */
function npmCommand() {
  const running = process.env.npm_execpath ?? '';
  if (basename(running) === 'npm-cli.js') {
    return [process.execPath, running];
  }
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

function stampPath(root) {
  return join(root, 'node_modules', '.throughline-install');
}

function lockHash(root) {
  const platform = `${process.platform} ${process.arch}`;
  return `${hashFiles(root, ['package-lock.json'])} ${platform}`;
}

function dependenciesMatch(root) {
  const wanted = lockHash(root);
  if (readText(stampPath(root)) === wanted) {
    return true;
  }
  // Somebody ran npm by hand: npm's own record, written when all is in place, says what it installed.
  const lock = JSON.parse(readText(join(root, 'package-lock.json')));
  const record = readText(join(root, 'node_modules', '.package-lock.json'));
  const installed = record === '' ? {} : JSON.parse(record).packages;
  const matches = Object.entries(lock.packages).every(
    ([path, entry]) =>
      path === '' ||
      (installed[path] === undefined
        ? isOptionalHere(entry)
        : installed[path].version === entry.version && existsSync(join(root, path))),
  );
  if (matches) {
    writeFileSync(stampPath(root), wanted);
  }
  return matches;
}

/** Whether npm may have left a package out on this machine. Packages made for this platform are expected. */
function isOptionalHere(entry) {
  const names = (list, value) =>
    list === undefined || list.includes(value) || list.some((each) => each.startsWith('!'));
  const forThisPlatform =
    entry.libc === undefined && names(entry.os, process.platform) && names(entry.cpu, process.arch);
  return entry.optional === true && !(forThisPlatform && entry.os !== undefined);
}

function hashFiles(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(root, path)))
      .update('\n');
  }
  return hash.digest('hex');
}

function excerpt(text) {
  const lines = text.trim().split('\n');
  const isShort = lines.length <= FIRST_LINES + LAST_LINES;
  const shown = isShort
    ? lines
    : [...lines.slice(0, FIRST_LINES), '  [ … ]', ...lines.slice(-LAST_LINES)];
  return shown.join('\n');
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
