/** Version of the metric definitions, stored with every rollup. A change of any definition is a new version. */
export const DEFINITION_VERSION = 'v1';
