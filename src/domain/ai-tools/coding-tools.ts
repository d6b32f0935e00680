import { CHAOSS, code, FIRST_LIST, PUBLIC_COMMITS, TRIALS, USED, type AiTool } from './ai-tool.ts';

const { raw } = String;

/** Assistants of the large makers: what people write code with. */
export const CODING_TOOLS: readonly AiTool[] = [
  code(
    'claude-code',
    'Claude Code',
    { hint: 'claude' },
    {
      ...FIRST_LIST,
      name: 'claude(?: |-)code',
      phrases: [raw`claude\.(?:com|ai)/(?:claude-)?code\b`],
      weakPhrases: [`${USED} claude(?: |-)code\\b`],
      agents: ['claude'],
      files: [
        raw`(?:^|/)claude(?:\.local)?\.md$`,
        raw`(?:^|/)\.claude/`,
        raw`^\.github/workflows/claude[^/]*\.ya?ml$`,
      ],
    },
    { ...CHAOSS, agents: ['anthropic-claude', 'claude-code-action'] },
    {
      ...TRIALS,
      names: ['claude(?: |-)code(?: action)?'],
      agents: ['anthropic-code-agent'],
      users: ['claude'],
      branches: [raw`claude/(?:issue|pr)-\d`, raw`claude/[^/]{1,100}-[a-z0-9]{5,40}$`],
      weakBranches: ['claude/'],
      weakLabels: ['claude', 'claude-code'],
    },
    {
      ...PUBLIC_COMMITS,
      trailers: [['claude-session', raw`https?://claude\.(?:ai|com)/.{1,200}`]],
    },
  ),
  code(
    'claude',
    'Claude',
    { hint: 'claude' },
    {
      ...FIRST_LIST,
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
      names: [
        raw`(?:anthropic )?claude(?: |-)(?:ai|v?\d[\d.]*|(?:v?\d[\d.]*(?: |-))?(?:opus|sonnet|haiku|fable|instant))`,
        'anthropic claude',
      ],
      personNames: ['claude'],
      domains: ['anthropic.com'],
    },
    { ...PUBLIC_COMMITS, addresses: ['noreply@anthropic.com'], models: ['claude-', 'anthropic/'] },
  ),
  code(
    'copilot',
    'GitHub Copilot',
    { hint: 'copilot' },
    {
      ...FIRST_LIST,
      name: '(?:github )?copilot',
      phrases: [
        raw`\bcopilot (?:was )?used\b`,
        raw`\bcopilot coding agent\b`,
        raw`\bcopilot (?:helped|wrote|generated|suggested)\b`,
      ],
      weakPhrases: [raw`\bgithub copilot\b`, `${USED} copilot\\b`],
      names: [
        raw`(?:github )?copilot(?:(?: |-)(?:swe(?: |-)agent|agent|coding agent|autofix|cli|chat))?`,
      ],
      agents: ['copilot-swe-agent', 'copilot'],
      bots: ['copilot-pull-request-reviewer', 'github-copilot'],
      files: [
        raw`^\.github/copilot-instructions\.md$`,
        raw`^\.github/instructions/.+\.instructions\.md$`,
      ],
    },
    {
      ...TRIALS,
      names: ['copilot autofix powered by ai'],
      // It reports what a scan found as well.
      committers: ['github-advanced-security'],
      branches: ['copilot/'],
      weakLabels: ['copilot', 'github-copilot'],
    },
    {
      source: 'https://github.com/microsoft/vscode/issues/313064',
      seen: '2026-11-30',
      addresses: ['copilot@github.com'],
    },
    { ...PUBLIC_COMMITS, branches: [raw`alert-autofix-\d`] },
  ),
  code(
    'cursor',
    'Cursor',
    {
      hint: 'cursor',
      unless: raw`pagina\w*|paging|pages?|quer(?:y|ies)|sql|database|db|rows?|scroll\w*|mouse|pointer|hover|caret|loops?|iterat\w*|fetch\w*|batch\w*|based|position|stream\w*|after|next|style|css`,
    },
    {
      ...FIRST_LIST,
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
      names: ['cursor(?: agent| ai)?', 'cursoragent'],
      domains: ['cursor.sh', 'cursor.ai', 'cursor.com'],
      agents: ['cursor'],
      files: [
        raw`(?:^|/)\.cursorrules$`,
        raw`(?:^|/)\.cursor/rules/.+\.mdc$`,
        raw`(?:^|/)\.cursor/(?:environment|mcp)\.json$`,
      ],
    },
    { ...TRIALS, users: ['cursoragent'], branches: ['cursor/'] },
    {
      ...PUBLIC_COMMITS,
      addresses: ['cursoragent@cursor.com', 'noreply@cursor.com'],
    },
  ),
  code(
    'gemini',
    'Gemini',
    { hint: 'gemini' },
    {
      ...FIRST_LIST,
      name: '(?:google )?gemini(?: code assist| cli)?',
      weakPhrases: [raw`(?:${USED}|helped) gemini\b`, raw`\bgemini (?:helped|wrote)\b`],
      names: ['(?:google )?gemini(?:(?: |-)(?:code(?: |-)assist|cli|pro|flash|ai))?'],
      bots: ['gemini-code-assist'],
      files: [raw`(?:^|/)gemini\.md$`],
    },
    {
      ...TRIALS,
      users: ['gemini-cli'],
      agents: ['gemini-cli'],
      weakBranches: ['gemini(?:-cli)?/'],
      models: ['gemini-', 'google/'],
      weakLabels: ['gemini', 'gemini-cli'],
    },
    { ...PUBLIC_COMMITS, addresses: ['gemini-cli@google.com'] },
  ),
  code(
    'chatgpt',
    'ChatGPT',
    { hint: 'gpt' },
    {
      ...FIRST_LIST,
      name: raw`(?:openai )?(?:chat ?gpt|gpt-?[456](?:o|\.\d)?)\b`,
      phrases: [raw`\bchat ?gpt (?:helped|wrote|generated|suggested)\b`],
      weakPhrases: [`${USED} chat ?gpt\\b`],
    },
    {
      ...TRIALS,
      names: [
        raw`(?:openai )?(?:chat ?gpt|gpt(?: |-)?\d\w{0,3}(?:\.\d)?)(?:(?: |-)(?:turbo|mini|nano|pro|max)){0,2}`,
      ],
      models: ['gpt-', 'openai/', raw`o[134]\b`],
      weakLabels: ['chatgpt'],
    },
  ),
  code(
    'codex',
    'OpenAI Codex',
    { hint: 'codex' },
    {
      ...FIRST_LIST,
      name: '(?:openai )?codex(?: cli)?',
      phrases: [raw`chatgpt\.com/codex`],
      weakPhrases: [raw`${USED} (?:openai )?codex\b`],
      names: ['(?:openai )?codex(?: cli| agent)?'],
      agents: ['openai-codex', 'chatgpt-codex-connector'],
    },
    {
      ...TRIALS,
      addresses: ['codex@openai.com', 'noreply@openai.com'],
      agents: ['openai-code-agent'],
      branches: ['codex/', raw`[a-z0-9]{4,8}-codex/`],
      weakLabels: ['codex'],
    },
  ),
  code(
    'amazon-q',
    'Amazon Q',
    { hint: 'amazon q' },
    {
      ...FIRST_LIST,
      name: raw`amazon q\b(?!-)`,
      weakPhrases: [raw`\bamazon q\b(?!-)`],
      names: ['amazon q(?: developer)?'],
      agents: ['amazon-q-developer'],
    },
  ),
  code(
    'jetbrains-ai',
    'JetBrains AI',
    { hint: 'jetbrains' },
    {
      ...FIRST_LIST,
      name: 'jetbrains (?:ai(?: assistant)?|junie)',
      names: ['jetbrains (?:ai(?: assistant)?|junie)'],
      personNames: ['junie'],
    },
    {
      ...TRIALS,
      addresses: ['junie@jetbrains.com'],
      files: [raw`(?:^|/)\.junie/`],
    },
    { ...CHAOSS, agents: ['jetbrains-ai'] },
  ),
];
