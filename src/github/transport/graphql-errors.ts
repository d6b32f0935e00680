/** An error of an answer, as far as it has the form that GraphQL and GitHub give it. */
export interface GraphQLErrorEntry {
  readonly type?: string;
  readonly message?: string;
  readonly path?: readonly (string | number)[];
  /** Validation errors carry a code here, such as `undefinedField`, and what it is about; they are the same the next time. */
  readonly extensions?: { readonly code?: string } & Readonly<Record<string, unknown>>;
}

/** Reads the errors of an answer, of which a broken server may make anything: what has not the form is left out of them. */
export function readErrors(errors: unknown): readonly GraphQLErrorEntry[] {
  return Array.isArray(errors) ? errors.map((entry: unknown) => readEntry(entry)) : [];
}

function readEntry(entry: unknown): GraphQLErrorEntry {
  const { type, message, path, extensions } = asObject(entry);
  const { code, ...others } = asObject(extensions);
  return {
    ...(typeof type === 'string' && { type }),
    ...(typeof message === 'string' && { message }),
    ...(Array.isArray(path) && { path: path.filter(isKey) }),
    extensions: { ...others, ...(typeof code === 'string' && { code }) },
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isKey(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
