import { excerpt } from '../domain/core/excerpt.ts';

/** Search attributes of every workflow, all of type Keyword. Never secret: Temporal stores them in the clear. */
export const SEARCH_ATTRIBUTES = {
  teamId: 'TeamId',
  repository: 'Repository',
  syncKind: 'SyncKind',
  waitingFor: 'WaitingFor',
} as const;

/** The values of a workflow; `repository` is `owner/name`, `waitingFor` is set while it waits. */
export type SearchAttributeValues = Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string>>;

/** What a workflow may wait for that operators look for. */
export type WaitingFor = 'GITHUB_LIMIT';

/** Some databases below Temporal take 255 characters; GitHub's names have at most 140. */
function toKeyword(value: string): string {
  return excerpt(value, 200);
}

export interface SearchAttributePair {
  readonly key: { readonly name: string; readonly type: 'KEYWORD' };
  readonly value: string;
}

/** Converts the values to the form that Temporal's client and workflows accept. */
export function toSearchAttributes(values: SearchAttributeValues): SearchAttributePair[] {
  return Object.entries(SEARCH_ATTRIBUTES).flatMap(([attribute, name]) => {
    const value = values[attribute as keyof SearchAttributeValues];
    return value === undefined
      ? []
      : [{ key: { name, type: 'KEYWORD' as const }, value: toKeyword(value) }];
  });
}
