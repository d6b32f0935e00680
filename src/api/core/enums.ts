import { builder } from './builder.ts';

/** Adds an enum to the schema. @param values each value with its description */
export function defineEnum<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
) {
  const described = Object.entries<string>(values).map(([value, meaning]) => [
    value,
    { description: meaning },
  ]);
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(described) as Record<Value, { readonly description: string }>,
  });
}

/** Description of a column that keeps a word beside UNKNOWN. */
export const RAW_WORD = "GitHub's word, where it is one that is not known; null otherwise.";
