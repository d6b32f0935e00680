/** Options of a yes or no in an input that need not be given. */
export function flag(description: string, defaultValue = false) {
  return { required: true, defaultValue, description } as const;
}
