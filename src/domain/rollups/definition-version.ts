/** Version of the metric definitions, stored with every rollup. A change of any definition is a new version. */
export const DEFINITION_VERSION = 'v1';

/** Whether a stored version is older than this code's: a worker that is not updated yet must not undo it. */
export function isOlderDefinition(stored: string, current: string = DEFINITION_VERSION): boolean {
  return Number(stored.slice(1)) < Number(current.slice(1));
}
