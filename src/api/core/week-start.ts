import { builder } from './builder.ts';

/** Used by the entity and by the mutation that sets it. */
export const WeekStart = builder.enumType('WeekStart', {
  description: 'The day that weeks begin on.',
  values: {
    MONDAY: { description: 'ISO weeks.' },
    SUNDAY: { description: 'Weeks from Sunday to Saturday.' },
  },
});
