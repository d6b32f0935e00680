/** What an array element may hold on its way into PostgreSQL. */
export type SqlScalar = string | number | bigint | boolean | Date | null;

/**
 * PostgreSQL's text form of a one-dimensional array. One string a column is much cheaper to send than an array that
 * the driver encodes element by element.
 */
export function toArrayLiteral(values: readonly SqlScalar[]): string {
  return `{${values.map(toElement).join(',')}}`;
}

/** The text of an array of ids. */
export function toIdArray(ids: readonly bigint[]): string {
  return `{${ids.join(',')}}`;
}

function toElement(value: SqlScalar): string {
  if (value === null) {
    return 'NULL';
  }
  if (typeof value === 'string') {
    return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  }
  if (value instanceof Date) {
    return `"${value.toISOString()}"`;
  }
  return String(value);
}
