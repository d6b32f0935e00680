/** Search attributes of every workflow, all of type Keyword. Never secret: Temporal stores them in the clear. */
export const SEARCH_ATTRIBUTES = {
  teamId: 'TeamId',
  repository: 'Repository',
  syncKind: 'SyncKind',
} as const;

/** The values of a workflow that is started; `repository` is `owner/name`. */
export type SearchAttributeValues = Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string>>;

export interface SearchAttributePair {
  readonly key: { readonly name: string; readonly type: 'KEYWORD' };
  readonly value: string;
}

/** Converts the values to the form that Temporal's client and workflows accept. */
export function toSearchAttributes(values: SearchAttributeValues): SearchAttributePair[] {
  return Object.entries(SEARCH_ATTRIBUTES).flatMap(([attribute, name]) => {
    const value = values[attribute as keyof SearchAttributeValues];
    return value === undefined ? [] : [{ key: { name, type: 'KEYWORD' as const }, value }];
  });
}
