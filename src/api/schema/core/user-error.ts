import { builder } from '../../core/builder.ts';
import { MUTATION_ERRORS } from '../../core/typed-errors.ts';

const UserError = builder
  .interfaceRef<{ readonly code: string; readonly message: string }>('UserError')
  .implement({
    description: 'An expected failure of a mutation.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'Stable error code.' }),
      message: t.exposeString('message', { description: 'One sentence that says what to do.' }),
    }),
  });

for (const { name, description, type } of Object.values(MUTATION_ERRORS)) {
  const isOfInput = type === MUTATION_ERRORS.INVALID_INPUT.type;
  builder.objectType(type, {
    name,
    description,
    interfaces: [UserError],
    ...(isOfInput && {
      fields: (t) => ({
        field: t.exposeString('field', {
          nullable: true,
          description:
            'The field of the input that is to blame; null where it is not one alone, or what is wrong lies elsewhere.',
        }),
      }),
    }),
  });
}
