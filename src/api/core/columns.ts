import type { EnumRef, FieldRef } from '@pothos/core';
import type { Model, Row } from '../../db/core/tables.ts';
import { DATA_MODEL, type BuilderTypes } from './builder.ts';
import type { costs } from './field-cost.ts';

/** Description of a column; with its enum when it is a text of a closed set of values, and its cost when it has one. */
type Exposed =
  | string
  | ({ readonly type?: EnumRef<BuilderTypes, string>; readonly description: string } & Partial<
      ReturnType<typeof costs>
    >);

type ColumnField = FieldRef<BuilderTypes, unknown, 'PrismaObject'>;

/**
 * Fields of an object for columns of its table, under the names of the columns. Whether a field may be null, and its
 * type unless it has an enum, come from the data model.
 * @throws when the object is one of another model
 */
export function exposeColumns<M extends Model>(
  t: {
    /** Absent on an object that plugin-prisma does not make. */
    readonly model?: string;
    readonly expose: (column: never, options: never) => ColumnField;
  },
  model: M,
  columns: { readonly [Column in keyof Row<M> & string]?: Exposed },
): Record<string, ColumnField> {
  if (t.model !== undefined && t.model !== model) {
    throw new Error(`An object of ${t.model} has no columns of ${model}.`);
  }
  const fields = DATA_MODEL.datamodel.models[model]?.fields ?? [];
  const exposed = new Map<string, Exposed>(Object.entries(columns));
  return Object.fromEntries(
    fields.flatMap(({ name, type, isRequired, isList }) => {
      const given = exposed.get(name);
      if (given === undefined) {
        return [];
      }
      const options = {
        type: isList ? [type] : type,
        nullable: !isRequired,
        ...(typeof given === 'string' ? { description: given } : given),
      };
      // What Pothos makes of a column is known only where the model is.
      return [[name, t.expose(name as never, options as never)]];
    }),
  );
}
