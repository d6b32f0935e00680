import { existsSync } from 'node:fs';
import type * as Demo from '../../demo/demo.ts';
import { DomainError } from '../../domain/core/errors.ts';

/**
 * The fake GitHub and the made-up data. `npm run build` leaves them out, so a production image has none.
 * @throws DomainError INVALID_INPUT with what to do in a build
 */
export async function loadDemo(): Promise<typeof Demo> {
  if (!existsSync(new URL('../../demo', import.meta.url))) {
    throw new DomainError(
      'INVALID_INPUT',
      'This build of Throughline has no demo and no made-up data: run the command from a clone of the repository, or start with the owner/name of repositories on GitHub.',
    );
  }
  return import('../../demo/demo.ts');
}
