import type { AiTool } from './ai-tool.ts';
import { CODING_AGENTS } from './coding-agents.ts';
import { CODING_TOOLS } from './coding-tools.ts';
import { MINOR_TOOLS, OTHER_TOOLS } from './other-tools.ts';

/**
 * The one list of tools. Bots that follow rules (dependabot, renovate, codecov, sonarcloud, autofix-ci, …) are no AI:
 * they leave no signal, whatever their category is elsewhere. A change of the list is a new `AI_DETECTOR_VERSION`, and
 * one of `agents` or `users` a new `DEFINITION_VERSION` as well: they decide who counts.
 */
export const AI_TOOLS: readonly AiTool[] = [
  ...CODING_TOOLS,
  ...CODING_AGENTS,
  ...MINOR_TOOLS,
  ...OTHER_TOOLS,
];
