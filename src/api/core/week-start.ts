import { builder } from './builder.ts';

/** Used by the entity and by the mutation that sets it. */
export const WeekStart = builder.enumType('WeekStart', {
  description: 'The day that weeks begin on.',
  values: {
    MONDAY: { description: 'Weeks begin on Monday (ISO 8601).' },
    SUNDAY: { description: 'Weeks begin on Sunday.' },
  },
});
