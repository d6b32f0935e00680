import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** What the figures were measured on. */
export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly memory: string;
  readonly node: string;
  readonly postgres: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Packages whose versions move the figures. */
const PACKAGES = ['pg', 'pg-copy-streams', '@prisma/client', '@prisma/adapter-pg'] as const;

const GIB = 1024 ** 3;

export async function describeMachine(
  projectDirectory: string,
  postgres: string,
): Promise<Machine> {
  const manifest = JSON.parse(await readFile(join(projectDirectory, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const [first] = cpus();
  return {
    cpus: cpus().length,
    model: first?.model ?? 'unknown',
    memory: `${Math.round(totalmem() / GIB)} GiB`,
    node: process.version,
    postgres,
    packages: Object.fromEntries(
      PACKAGES.map((name) => [name, manifest.dependencies[name] ?? 'none']),
    ),
  };
}
