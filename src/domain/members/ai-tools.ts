/** What a tool is counted as: it writes code, it reviews, or neither (documentation, translation, nameless). */
export type AiToolCategory = 'CODE' | 'REVIEW' | 'EXCLUDED';

/** What a tool leaves behind. In patterns a space stands for any blank, and letters are of any case. */
interface AiToolPatterns {
  /** What each of its texts holds in lower case; without it, nothing is looked for in texts. */
  readonly hint?: string;
  /** The name as a pattern, where "generated with …" and the like shows that it was used. */
  readonly name?: string;
  /** Phrases that show it by themselves. */
  readonly phrases?: readonly string[];
  /** Phrases that show it, unless the words around speak of something else (`unless`, or the building of a product). */
  readonly weakPhrases?: readonly string[];
  readonly unless?: string;
  /** Whole names of co-authors, and domains of their addresses. */
  readonly coAuthors?: readonly string[];
  readonly domains?: readonly string[];
  /** Accounts that work on their own, and other ones; without the `[bot]` that GraphQL leaves off. */
  readonly agents?: readonly string[];
  readonly bots?: readonly string[];
  /** Paths of its own configuration. */
  readonly files?: readonly string[];
}

export interface AiTool extends AiToolPatterns {
  readonly key: string;
  readonly label: string;
  readonly category: AiToolCategory;
}

const { raw } = String;

function code(key: string, label: string, patterns: AiToolPatterns): AiTool {
  return { key, label, category: 'CODE', ...patterns };
}

function review(key: string, label: string, patterns: AiToolPatterns): AiTool {
  return { key, label, category: 'REVIEW', ...patterns };
}

function excluded(key: string, label: string, patterns: AiToolPatterns): AiTool {
  return { key, label, category: 'EXCLUDED', ...patterns };
}

const USED = '(?:used|using|via|with|asked)';

/**
 * The one list of tools. Bots that follow rules (dependabot, renovate, codecov, sonarcloud, autofix-ci, …) are no AI:
 * they leave no signal, whatever their category is elsewhere.
 */
export const AI_TOOLS: readonly AiTool[] = [
  code('claude-code', 'Claude Code', {
    hint: 'claude',
    name: 'claude(?: |-)code',
    phrases: [raw`claude\.(?:com|ai)/(?:claude-)?code\b`],
    weakPhrases: [`${USED} claude(?: |-)code\\b`],
    agents: ['claude'],
    files: [
      raw`(?:^|/)claude(?:\.local)?\.md$`,
      raw`(?:^|/)\.claude/`,
      raw`^\.github/workflows/claude[^/]*\.ya?ml$`,
    ],
  }),
  code('claude', 'Claude', {
    hint: 'claude',
    name: raw`(?:anthropic )?claude\b(?!(?: |-)code)`,
    phrases: [
      raw`(?:model|ai|llm|tools?) ?: ?claude\b(?!(?: |-)code)`,
      raw`claude (?:helped|wrote|generated|suggested)\b`,
    ],
    weakPhrases: [
      raw`\bclaude (?:\d(?:\.\d)? )?(?:opus|sonnet|haiku)\b`,
      raw`\bclaude \d(?:\.\d)?\b`,
      raw`\bsonnet \d(?:\.\d)?\b`,
      raw`(?:${USED}|and) claude\b(?!(?: |-)(?:code|\w+(?: |-)?\d))`,
    ],
    coAuthors: [raw`claude(?:(?: |-)(?:code|ai|\d[\d.]*|opus|sonnet|haiku).{0,60})?`],
    domains: ['anthropic.com'],
  }),
  code('copilot', 'GitHub Copilot', {
    hint: 'copilot',
    name: '(?:github )?copilot',
    phrases: [
      raw`\bcopilot (?:was )?used\b`,
      raw`\bcopilot coding agent\b`,
      raw`\bcopilot (?:helped|wrote|generated|suggested)\b`,
    ],
    weakPhrases: [raw`\bgithub copilot\b`, `${USED} copilot\\b`],
    coAuthors: [
      raw`(?:github )?copilot(?:(?: |-)(?:swe(?: |-)agent|agent|coding agent|autofix))?(?:\[bot\])?`,
    ],
    agents: ['copilot-swe-agent', 'copilot'],
    bots: ['copilot-pull-request-reviewer', 'github-copilot'],
    files: [
      raw`^\.github/copilot-instructions\.md$`,
      raw`^\.github/instructions/.+\.instructions\.md$`,
    ],
  }),
  code('cursor', 'Cursor', {
    hint: 'cursor',
    name: 'cursor(?! (?:for loops?|based|pagina\\w*|position))(?![-_.])',
    phrases: [
      raw`\bcursor (?:ai|ide|agent|composer|bugbot)\b`,
      raw`\bcursor\.(?:sh|ai)\b`,
      raw`\bcursor\.com/(?:background-agent|dashboard|agents|bugbot)`,
      raw`\b(?:ide|editor|ai|tools?) ?: ?cursor\b`,
      raw`\bcursor for (?:auto-?complet\w+|code|coding|refactor\w*|tests|boilerplate|writing|generating|ai)\b`,
      raw`\bcursor (?:in )?auto(?: |-)mode\b`,
      raw`\bcursor \((?:claude|gpt|auto|sonnet|opus|gemini|agent|composer)`,
    ],
    weakPhrases: [`${USED} cursor\\b(?![-_.(\`\\[]\\w)`],
    unless: raw`pagina\w*|paging|pages?|quer(?:y|ies)|sql|database|db|rows?|scroll\w*|mouse|pointer|hover|caret|loops?|iterat\w*|fetch\w*|batch\w*|based|position|stream\w*|after|next|style|css`,
    coAuthors: ['cursor(?: agent| ai)?', 'cursoragent'],
    domains: ['cursor.sh', 'cursor.ai', 'cursor.com'],
    agents: ['cursor'],
    files: [
      raw`(?:^|/)\.cursorrules$`,
      raw`(?:^|/)\.cursor/rules/.+\.mdc$`,
      raw`(?:^|/)\.cursor/(?:environment|mcp)\.json$`,
    ],
  }),
  code('cody', 'Cody', {
    hint: 'cody',
    name: '(?:sourcegraph cody|cody ai)',
    phrases: [raw`\bsourcegraph(?:'s)? cody\b`],
    coAuthors: ['sourcegraph cody', 'cody ai'],
    domains: ['sourcegraph.com'],
  }),
  code('windsurf', 'Windsurf', {
    hint: 'windsurf',
    name: 'windsurf',
    phrases: [raw`\bwindsurf (?:ai|ide|editor|cascade)\b`],
    weakPhrases: [`${USED} windsurf\\b`],
    coAuthors: ['windsurf(?: ai| cascade)?'],
    domains: ['windsurf.com', 'codeium.com'],
    files: [raw`(?:^|/)\.windsurfrules$`, raw`(?:^|/)\.windsurf/`],
  }),
  code('tabnine', 'Tabnine', {
    hint: 'tabnine',
    name: 'tabnine',
    weakPhrases: [`${USED} tabnine\\b`],
    coAuthors: ['tabnine'],
    domains: ['tabnine.com'],
  }),
  code('codewhisperer', 'CodeWhisperer', {
    hint: 'codewhisperer',
    name: '(?:amazon )?codewhisperer',
    weakPhrases: [raw`\bcodewhisperer\b`],
    coAuthors: ['(?:amazon )?codewhisperer'],
  }),
  code('amazon-q', 'Amazon Q', {
    hint: 'amazon q',
    name: raw`amazon q\b(?!-)`,
    weakPhrases: [raw`\bamazon q\b(?!-)`],
    coAuthors: ['amazon q(?: developer)?'],
    agents: ['amazon-q-developer'],
  }),
  code('gemini', 'Gemini', {
    hint: 'gemini',
    name: '(?:google )?gemini(?: code assist| cli)?',
    weakPhrases: [raw`(?:${USED}|helped) gemini\b`, raw`\bgemini (?:helped|wrote)\b`],
    coAuthors: ['gemini(?: code assist| cli)?', raw`gemini-(?:code-assist|cli)(?:\[bot\])?`],
    bots: ['gemini-code-assist'],
    files: [raw`(?:^|/)gemini\.md$`],
  }),
  code('jules', 'Jules', {
    hint: 'jules.google',
    phrases: [raw`\bjules\.google(?:\.com)?/`],
    coAuthors: [raw`google-labs-jules(?:\[bot\])?`],
    agents: ['google-labs-jules'],
  }),
  code('chatgpt', 'ChatGPT', {
    hint: 'gpt',
    name: raw`(?:openai )?(?:chat ?gpt|gpt-?[45](?:o|\.\d)?)\b`,
    phrases: [raw`\bchat ?gpt (?:helped|wrote|generated|suggested)\b`],
    weakPhrases: [`${USED} chat ?gpt\\b`],
    coAuthors: ['chat ?gpt.{0,20}'],
  }),
  code('codex', 'OpenAI Codex', {
    hint: 'codex',
    name: '(?:openai )?codex(?: cli)?',
    phrases: [raw`chatgpt\.com/codex`],
    weakPhrases: [raw`${USED} (?:openai )?codex\b`],
    coAuthors: ['(?:openai )?codex(?: cli)?'],
    agents: ['openai-codex', 'chatgpt-codex-connector'],
  }),
  code('warp', 'Warp', {
    hint: 'warp',
    name: raw`warp(?: ai| agent)?(?=[\])*_.,;!]|$)`,
    phrases: [raw`\bwarp\.dev\b`, raw`\bwarp (?:ai|agent mode)\b`],
    coAuthors: ['warp(?: ai| agent)?'],
    domains: ['warp.dev'],
  }),
  code('aider', 'Aider', {
    hint: 'aider',
    name: 'aider',
    phrases: [raw`\baider\.chat\b`],
    weakPhrases: [`${USED} aider\\b`],
    coAuthors: [raw`aider(?: \(.{0,80}\))?`],
    domains: ['aider.chat'],
    files: [raw`(?:^|/)\.aider\.conf\.ya?ml$`, raw`(?:^|/)\.aider/`],
  }),
  code('devin', 'Devin', {
    hint: 'devin',
    // Devin is a name of people, too.
    phrases: [
      raw`\b(?:generated|created) by \[?devin\b(?: ai)?(?=[\])*_.,;!]| ?$)`,
      raw`\bdevin\.ai\b`,
      raw`\bdevin ai\b`,
    ],
    coAuthors: ['devin ai', raw`devin(?:-ai)?(?:-integration)?\[bot\]`],
    domains: ['devin.ai', 'cognition.ai', 'cognition-labs.com'],
    agents: ['devin-ai-integration', 'devin-ai', 'devin'],
  }),
  code('replit', 'Replit Agent', {
    hint: 'replit',
    name: 'replit agent',
    coAuthors: ['replit agent'],
  }),
  code('jetbrains-ai', 'JetBrains AI', {
    hint: 'jetbrains',
    name: 'jetbrains (?:ai(?: assistant)?|junie)',
    coAuthors: ['jetbrains ai(?: assistant)?', '(?:jetbrains )?junie'],
  }),
  code('sweep', 'Sweep', { agents: ['sweep-ai'] }),
  code('ellipsis', 'Ellipsis', { bots: ['ellipsis-dev'] }),
  code('bito', 'Bito', { bots: ['bito-code-review'] }),
  code('qodo', 'Qodo', { bots: ['qodo-merge-pro', 'codiumai-pr-agent'] }),
  code('augment', 'Augment', { bots: ['augmentcode'] }),
  code('inkeep', 'Inkeep', { bots: ['inkeep'] }),
  review('coderabbit', 'CodeRabbit', {
    hint: 'coderabbit',
    name: 'coderabbit',
    phrases: [
      raw`\bcoderabbit\.ai\b`,
      raw`\b(?:summary|docstrings generation|release notes|comment) (?:by|from|-) coderabbit\b`,
    ],
    bots: ['coderabbitai', 'coderabbit'],
    files: [raw`^\.coderabbit\.ya?ml$`],
  }),
  review('cubic', 'cubic', {
    hint: 'cubic',
    phrases: [
      raw`\bsummary by (?:\[|\*\*)?cubic\b`,
      raw`\bauto-?generated [^\n]{0,60}\bby (?:\[|\*\*)?cubic\b`,
      raw`\bcubic\.dev\b`,
    ],
    bots: ['cubic-dev-ai'],
  }),
  review('greptile', 'Greptile', {
    hint: 'greptile',
    name: 'greptile',
    phrases: [raw`\bgreptile (?:summary|overview)\b`, raw`\bgreptile\.com\b`],
    bots: ['greptile', 'greptileai', 'greptile-apps'],
    files: [raw`^\.greptile\.ya?ml$`, raw`^greptile\.json$`],
  }),
  review('sourcery', 'Sourcery', { bots: ['sourcery-ai'] }),
  review('kodus', 'Kodus', { bots: ['kody-ai'] }),
  review('graphite', 'Graphite', { bots: ['graphite-app'] }),
  review('codeant', 'CodeAnt', { bots: ['codeant-ai'] }),
  excluded('mintlify', 'Mintlify', { hint: 'mintlify', name: 'mintlify', bots: ['mintlify'] }),
  excluded('lingohub', 'Lingo.dev', { bots: ['replexica', 'lingodotdev'] }),
  excluded('ai', 'AI, not named', {
    hint: 'ai',
    name: raw`(?:an? )?ai\b(?! (?:sdk|feature|team|model))`,
    phrases: [
      raw`\bai was used (?:to|for)\b`,
      raw`\bused ai (?:to|for)\b`,
      raw`\bwith (?:the )?(?:ai (?:assistance|help)|(?:assistance|help) of ai)\b`,
      raw`\bai helped (?:with|to|me|us)\b`,
    ],
    weakPhrases: [raw`\bai(?: |-)(?:generated|assisted|written|authored)\b`],
    unless: raw`features?|summar\w*|search|images?|content|badges?|labels?|detect\w*|docs|users?`,
  }),
  excluded('llm', 'Language model, not named', {
    hint: 'llm',
    name: raw`(?:an? )?llms?\b`,
    weakPhrases: [raw`\bllm(?: |-)(?:generated|assisted|written|authored)\b`],
    unless: raw`features?|summar\w*|search|content|detect\w*|users?`,
  }),
];
