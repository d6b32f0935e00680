import { CHAOSS, code, excluded, FIRST_LIST, review, USED, type AiTool } from './ai-tool.ts';

const { raw } = String;

/** Older assistants, and tools that are known by little. */
export const MINOR_TOOLS: readonly AiTool[] = [
  code(
    'cody',
    'Cody',
    { hint: 'cody' },
    {
      ...FIRST_LIST,
      name: '(?:sourcegraph cody|cody ai)',
      phrases: [raw`\bsourcegraph(?:'s)? cody\b`],
      names: ['sourcegraph cody', 'cody ai'],
      domains: ['sourcegraph.com'],
    },
    { ...CHAOSS, agents: ['sourcegraph-cody'] },
  ),
  code(
    'windsurf',
    'Windsurf',
    { hint: 'windsurf' },
    {
      ...FIRST_LIST,
      name: 'windsurf',
      phrases: [raw`\bwindsurf (?:ai|ide|editor|cascade)\b`],
      weakPhrases: [`${USED} windsurf\\b`],
      names: ['windsurf(?: ai| cascade)?'],
      domains: ['windsurf.com', 'codeium.com'],
      files: [raw`(?:^|/)\.windsurfrules$`, raw`(?:^|/)\.windsurf/`],
    },
  ),
  code(
    'tabnine',
    'Tabnine',
    { hint: 'tabnine' },
    {
      ...FIRST_LIST,
      name: 'tabnine',
      weakPhrases: [`${USED} tabnine\\b`],
      names: ['tabnine'],
      domains: ['tabnine.com'],
    },
  ),
  code(
    'codewhisperer',
    'CodeWhisperer',
    { hint: 'codewhisperer' },
    {
      ...FIRST_LIST,
      name: '(?:amazon )?codewhisperer',
      weakPhrases: [raw`\bcodewhisperer\b`],
      names: ['(?:amazon )?codewhisperer'],
    },
  ),
  code('sweep', 'Sweep', {}, { ...FIRST_LIST, agents: ['sweep-ai'], branches: ['sweep/'] }),
  code('ellipsis', 'Ellipsis', {}, { ...FIRST_LIST, bots: ['ellipsis-dev'] }),
  code('bito', 'Bito', {}, { ...FIRST_LIST, bots: ['bito-code-review'] }),
  code('qodo', 'Qodo', {}, { ...FIRST_LIST, bots: ['qodo-merge-pro', 'codiumai-pr-agent'] }),
  code('inkeep', 'Inkeep', {}, { ...FIRST_LIST, bots: ['inkeep'] }),
];

/** Tools that review, and what is counted as neither. */
export const OTHER_TOOLS: readonly AiTool[] = [
  review(
    'coderabbit',
    'CodeRabbit',
    { hint: 'coderabbit' },
    {
      ...FIRST_LIST,
      name: 'coderabbit',
      phrases: [
        raw`\bcoderabbit\.ai\b`,
        raw`\b(?:summary|docstrings generation|release notes|comment) (?:by|from|-) coderabbit\b`,
      ],
      names: ['code ?rabbit(?: ?ai)?'],
      addresses: ['noreply@coderabbit.ai'],
      bots: ['coderabbitai', 'coderabbit'],
      files: [raw`^\.coderabbit\.ya?ml$`],
    },
  ),
  review(
    'cubic',
    'cubic',
    { hint: 'cubic' },
    {
      ...FIRST_LIST,
      phrases: [
        raw`\bsummary by (?:\[|\*\*)?cubic\b`,
        raw`\bauto-?generated [^\n]{0,60}\bby (?:\[|\*\*)?cubic\b`,
        raw`\bcubic\.dev\b`,
      ],
      bots: ['cubic-dev-ai'],
    },
  ),
  review(
    'greptile',
    'Greptile',
    { hint: 'greptile' },
    {
      ...FIRST_LIST,
      name: 'greptile',
      phrases: [raw`\bgreptile (?:summary|overview)\b`, raw`\bgreptile\.com\b`],
      bots: ['greptile', 'greptileai', 'greptile-apps'],
      files: [raw`^\.greptile\.ya?ml$`, raw`^greptile\.json$`],
    },
  ),
  review('sourcery', 'Sourcery', {}, { ...FIRST_LIST, bots: ['sourcery-ai'] }),
  review('kodus', 'Kodus', {}, { ...FIRST_LIST, bots: ['kody-ai'] }),
  review('graphite', 'Graphite', {}, { ...FIRST_LIST, bots: ['graphite-app'] }),
  review('codeant', 'CodeAnt', {}, { ...FIRST_LIST, bots: ['codeant-ai'] }),
  excluded(
    'mintlify',
    'Mintlify',
    { hint: 'mintlify' },
    { ...FIRST_LIST, name: 'mintlify', bots: ['mintlify'] },
  ),
  excluded('lingohub', 'Lingo.dev', {}, { ...FIRST_LIST, bots: ['replexica', 'lingodotdev'] }),
  excluded(
    'ai',
    'AI, not named',
    {
      hint: 'ai',
      unless: raw`features?|summar\w*|search|images?|content|badges?|labels?|detect\w*|docs|users?`,
    },
    {
      ...FIRST_LIST,
      name: raw`(?:an? )?ai\b(?! (?:sdk|feature|team|model))`,
      phrases: [
        raw`\bai was used (?:to|for)\b`,
        raw`\bused ai (?:to|for)\b`,
        raw`\bwith (?:the )?(?:ai (?:assistance|help)|(?:assistance|help) of ai)\b`,
        raw`\bai helped (?:with|to|me|us)\b`,
      ],
      weakPhrases: [raw`\bai(?: |-)(?:generated|assisted|written|authored)\b`],
      names: ['ai'],
    },
  ),
  excluded(
    'llm',
    'Language model, not named',
    { hint: 'llm', unless: raw`features?|summar\w*|search|content|detect\w*|users?` },
    {
      ...FIRST_LIST,
      name: raw`(?:an? )?llms?\b`,
      weakPhrases: [raw`\bllm(?: |-)(?:generated|assisted|written|authored)\b`],
      names: ['(?:an? )?llm'],
    },
  ),
];
