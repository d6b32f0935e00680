/** Options of a yes or no in an input that need not be given. */
export function flag(description: string, defaultValue = false) {
  return { required: true, defaultValue, description } as const;
}

/** Options of the argument that says whether outsiders count. */
export const INCLUDE_EXTERNAL = {
  description:
    'Whether to count people who do not belong to the team. When absent, as the setting of the team says: they count by default.',
} as const;
