/** What carries GitHub's number: as 64 bits, or as 32 where a server is too old to have those. */
interface Numbered {
  readonly fullDatabaseId?: string | number | null;
}

/** GitHub's number of a pull request, review or comment, as it came. */
export function fullIdOf(node: Numbered): string | number | null | undefined {
  return node.fullDatabaseId ?? (node as { readonly databaseId?: number | null }).databaseId;
}
