import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import { defineEnum } from './enums.ts';

/** The tools whose usage is counted apart, for whatever names one. */
export const AiTool = defineEnum<AiUsageSource>('AiTool', 'A tool whose usage is counted apart.', {
  COPILOT: 'GitHub Copilot.',
  CURSOR: 'Cursor.',
  CLAUDE_CODE: 'Claude Code.',
  OTHER: 'Any other tool.',
});
