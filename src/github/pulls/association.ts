/** Associations that mean write access or membership. Others say nothing: who is a member in private is a CONTRIBUTOR. */
const INSIDE: ReadonlySet<unknown> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

/** Whether GitHub counts an author among the repository's own people, in the words of both APIs. */
export function isInside(association: unknown): boolean {
  return INSIDE.has(association);
}
