// `node scripts/other-node.mjs [version]`: whether the demo starts and the unit tests pass on another version of Node than
// the one at hand: that of the image, unless another is named. npm's package `node` brings it, in a folder of its own.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** What the Dockerfile names too. */
const IMAGE_NODE = '24.21.0';

/** Runs npm with our own output; a signal for us is passed on to it. */
async function npm(title, args, environment) {
  process.stdout.write(`\n── ${title}\n`);
  const child = spawn('npm', args, { cwd: ROOT, env: environment, stdio: 'inherit' });
  const passOn = (signal) => child.kill(signal);
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  const outcome = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  process.off('SIGINT', passOn).off('SIGTERM', passOn);
  if (outcome !== 0) {
    throw new Error(`${title}: failed (${outcome})`);
  }
}

async function tryNode(version, directory) {
  const manifest = join(directory, 'package.json');
  writeFileSync(manifest, JSON.stringify({ private: true, allowScripts: { node: true } }));
  await npm(
    `installing Node ${version}`,
    ['install', '--no-audit', '--no-fund', '--prefix', directory, `node@${version}`],
    process.env,
  );
  const environment = {
    ...process.env,
    PATH: [join(directory, 'node_modules', 'node', 'bin'), process.env.PATH].join(delimiter),
    THROUGHLINE_DATA_DIRECTORY: join(directory, 'data'),
  };
  const found = spawnSync('npm', ['exec', '--call', 'node --version'], {
    cwd: ROOT,
    env: environment,
    encoding: 'utf8',
  });
  if (found.stdout.trim() !== `v${version}`) {
    throw new Error(`npm does not run Node ${version}, but ${found.stdout}${found.stderr}`);
  }
  await npm(`npm start on Node ${version}`, ['start', '--', '--exit'], environment);
  await npm(`unit tests on Node ${version}`, ['run', 'test:unit'], environment);
}

const directory = mkdtempSync(join(tmpdir(), 'throughline-node-'));
// As root the embedded PostgreSQL runs as another user, who must be able to pass through to its data.
chmodSync(directory, 0o711);
try {
  await tryNode(process.argv[2] ?? IMAGE_NODE, directory);
} catch (error) {
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
