// Adds to package-lock.json the optional packages of other platforms that the registry in use could not give.
// `npm install` leaves such packages out of the lock, and `npm ci` then refuses it on every machine. Run after
// `npm install` where `npm ci --dry-run` complains of packages that are missing from the lock.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK = join(import.meta.dirname, '..', 'package-lock.json');
const SYSTEMS = new Map([
  ...['darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony'].map((name) => [name, name]),
  ['windows', 'win32'],
]);
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'arm'];

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));

/** Whether the package is in the lock where Node would find it from `where`. */
function isLocked(where, name) {
  for (
    let base = where;
    ;
    base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))
  ) {
    if (lock.packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`] !== undefined) {
      return true;
    }
    if (base === '') {
      return false;
    }
  }
}

/** Platform packages carry their platform in their name: `@swc/core-linux-x64-musl`. */
function readPlatform(name) {
  const words = name.split(/[/-]/);
  const os = words.map((word) => SYSTEMS.get(word)).find((system) => system !== undefined);
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  const isMusl = words.some((word) => word.startsWith('musl'));
  const isGlibc = words.some((word) => word.startsWith('gnu'));
  const libc = isMusl ? ['musl'] : os === 'linux' && isGlibc ? ['glibc'] : undefined;
  return os === undefined || cpu === undefined ? undefined : { os: [os], cpu: [cpu], libc };
}

let added = 0;
for (const [where, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const platform = readPlatform(name);
    if (!isLocked(where, name) && platform !== undefined && /^\d+\.\d+\.\d+/.test(version)) {
      lock.packages[`node_modules/${name}`] = {
        version,
        cpu: platform.cpu,
        ...(dev === true ? { dev } : {}),
        ...(platform.libc === undefined ? {} : { libc: platform.libc }),
        optional: true,
        os: platform.os,
      };
      added += 1;
    }
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([
  root,
  ...rest.toSorted(([a], [b]) => a.localeCompare(b, 'en')),
]);
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added to the lock\n`);
