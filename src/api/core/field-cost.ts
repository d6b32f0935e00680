import type { GraphQLField } from 'graphql';

/** The arguments of a field as the request has them, not coerced yet: of any type, with the schema's defaults. */
export type RawArguments = Readonly<Record<string, unknown>>;

/** Number of items at the most, fixed or by the arguments. @throws RefusedRequest when the field takes no such number */
export type ListSize = number | ((args: RawArguments, now: Date) => number);

/** What a field says of its cost. Without it an object costs one point and a value a tenth of one. */
export interface FieldCost {
  /** Length of the list at the most, which is enforced; of a connection, the length of its page. */
  readonly size?: ListSize;
  /** True for the lists within a connection, which are as long as its page. */
  readonly isOfPage?: true;
  /** Points beside that, for what is read or written for this field alone. */
  readonly points?: number;
  /** True for a field that costs nothing, with all that is below it. */
  readonly isFree?: true;
}

/** The cost of a text that may have tens of thousands of characters. */
export const LONG_TEXT: FieldCost = { points: 5 };

/** Length that a list is taken to have whose field does not say. */
export const UNKNOWN_SIZE = 100;

/** Options of a field with this cost. */
export function costs(cost: FieldCost): { readonly extensions: { readonly cost: FieldCost } } {
  return { extensions: { cost } };
}

/** The cost that the field was given; an empty one where it was given none. */
export function costOf(field: Pick<GraphQLField<unknown, unknown>, 'extensions'>): FieldCost {
  const { cost = {} } = field.extensions as { readonly cost?: FieldCost };
  return cost;
}
