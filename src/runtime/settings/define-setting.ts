import { z } from 'zod';

/** What the lists of settings say of one. */
export interface SettingText {
  readonly name: string;
  readonly description: string;
  /** The value that holds when the setting is unset; null when there is none, and then `whenUnset` says what happens. */
  readonly default: string | null;
  readonly whenUnset?: string;
  readonly example?: string;
  /** True for values that must never be printed. */
  readonly secret?: true;
}

type Defaulted = Pick<SettingText, 'description'>;
type Undefaulted = Defaulted &
  Required<Pick<SettingText, 'whenUnset'>> &
  Pick<SettingText, 'example' | 'secret'>;

/** What `defineSetting` was told, by the schema that it answered. */
export const SETTING_TEXTS = z.registry<SettingText>();

/**
 * Defines a setting by its name, the schema that reads its text, and what the lists say of it. Its default is that of
 * the schema: `prefault` with a text as somebody would write it. A secret has none.
 */
export function defineSetting<S extends z.ZodPrefault>(name: string, schema: S, text: Defaulted): S;
export function defineSetting<S extends z.ZodOptional | z.ZodDefault>(
  name: string,
  schema: S,
  text: Undefaulted,
): S;
export function defineSetting(name: string, schema: z.ZodType, text: Defaulted): z.ZodType {
  const fallback = schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : null;
  return schema.register(SETTING_TEXTS, { name, default: fallback, ...text });
}

/** Has a complaint begin with the name of the first of several settings, once each of them is right by itself. */
export function about(...keys: readonly [string, ...string[]]) {
  return {
    path: [keys[0]],
    when: ({ issues }: z.core.ParsePayload) =>
      !issues.some(({ path }) => keys.includes(String(path?.[0]))),
  };
}
