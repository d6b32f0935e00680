import { builder } from './builder.ts';

/** Used by the entity and by the mutation that sets it. */
export const MemberKind = builder.enumType('MemberKind', {
  description: 'What kind of account acts.',
  values: {
    HUMAN: { description: 'A person.' },
    BOT: { description: 'A program that is no AI agent.' },
    AI_AGENT: { description: 'A program that writes code by a model.' },
    UNKNOWN: { description: 'An account that GitHub no longer names, or a placeholder.' },
  },
});
