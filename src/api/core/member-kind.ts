import type { ActorKind } from '../../domain/members/actor.ts';
import { defineEnum } from './enums.ts';

/** Used by the entity and by the mutation that sets it. */
export const MemberKind = defineEnum<ActorKind>('MemberKind', 'Kind of an account.', {
  HUMAN: 'A person.',
  BOT: 'A bot other than an AI agent.',
  AI_AGENT: 'An AI agent that writes code.',
  UNKNOWN: 'A deleted account or a placeholder.',
});
