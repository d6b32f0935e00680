import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Reads the version of the package that this file belongs to, wherever in it the build lies.
 * @throws Error when no folder above has a package.json
 */
export function readVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
    }
    if (folder === dirname(folder)) {
      throw new Error('Throughline lies in no package: install it whole.');
    }
  }
}
