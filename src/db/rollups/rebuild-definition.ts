import { DomainError } from '../../domain/core/errors.ts';
import { DEFINITION_VERSION, isOlderDefinition } from '../../domain/rollups/definition-version.ts';

/** What a rebuild's row and its team say of definitions. */
export interface RebuildDefinition {
  readonly definitionVersion: string;
  /** Definition of the weeks that are read now. */
  readonly rollupDefinition: string;
  /** Whether all stored pull requests have been given the rebuild's definition. */
  readonly isDefinitionApplied: boolean;
  readonly isDryRun: boolean;
}

/**
 * Refuses a rebuild of other definitions than this code's.
 * @throws DomainError CONFLICT when it is of an older definition; Error when of a newer one: a worker that is updated
 * goes on
 */
export function expectOwnDefinition({
  definitionVersion,
}: Pick<RebuildDefinition, 'definitionVersion'>): void {
  const both = `of definition ${definitionVersion}, this worker computes ${DEFINITION_VERSION}`;
  if (isOlderDefinition(definitionVersion)) {
    throw new DomainError('CONFLICT', `The rebuild is ${both}: start the rebuild again.`);
  }
  if (definitionVersion !== DEFINITION_VERSION) {
    throw new Error(`the rebuild is ${both}: update the worker`);
  }
}

/**
 * Refuses a rebuild for a newer definition than its team's whose definition has not been applied to all stored pull
 * requests: readers would be switched to weeks that are the older definition's in part. A dry run compares with what is
 * stored, and a rebuild for an older definition than this code's was prepared by workers that note nothing.
 * @throws DomainError CONFLICT
 */
export function expectAppliedDefinition(rebuild: RebuildDefinition): void {
  const { definitionVersion, rollupDefinition, isDefinitionApplied, isDryRun } = rebuild;
  const mustBeApplied = !isDryRun && isOlderDefinition(rollupDefinition, definitionVersion);
  if (mustBeApplied && !isDefinitionApplied && !isOlderDefinition(definitionVersion)) {
    throw new DomainError(
      'CONFLICT',
      `Definition ${definitionVersion} of the rebuild has not been applied to all pull requests: start the rebuild again.`,
    );
  }
}
