import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import { builder } from './builder.ts';

/** The tools whose usage is counted apart, for whatever names one. */
export const AiTool = builder.enumType('AiTool', {
  description: 'A tool whose usage is counted apart.',
  values: {
    COPILOT: { description: 'GitHub Copilot.' },
    CURSOR: { description: 'Cursor.' },
    CLAUDE_CODE: { description: 'Claude Code.' },
    OTHER: { description: 'Any other tool.' },
  } satisfies Record<AiUsageSource, { readonly description: string }>,
});
