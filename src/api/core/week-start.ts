import { defineEnum } from './enums.ts';

/** Used by the entity and by the mutation that sets it. */
export const WeekStart = defineEnum('WeekStart', 'The day that weeks begin on.', {
  MONDAY: 'Weeks begin on Monday (ISO 8601).',
  SUNDAY: 'Weeks begin on Sunday.',
});
