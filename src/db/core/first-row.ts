/**
 * The first of rows of which there must be one.
 * @throws Error with `otherwise` when there is none
 */
export function firstRow<Row>([row]: readonly Row[], otherwise: string): Row {
  if (row === undefined) {
    throw new Error(otherwise);
  }
  return row;
}
