import { builder } from './builder.ts';

/** Used by the entity and by the mutation that sets it. */
export const MemberKind = builder.enumType('MemberKind', {
  description: 'Kind of an account.',
  values: {
    HUMAN: { description: 'A person.' },
    BOT: { description: 'A bot other than an AI agent.' },
    AI_AGENT: { description: 'An AI agent that writes code.' },
    UNKNOWN: { description: 'A deleted account or a placeholder.' },
  },
});
