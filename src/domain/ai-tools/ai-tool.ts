/** What a tool is counted as: it writes code, it reviews, or neither (documentation, translation, nameless). */
export type AiToolCategory = 'CODE' | 'REVIEW' | 'EXCLUDED';

/**
 * What a tool leaves behind. In patterns a space stands for any blank, letters are of any case, and every part is of
 * bounded length, so that a search is linear.
 */
export interface AiMarks {
  /** The name as a pattern, where "generated with …" and the like shows that it was used. */
  readonly name?: string;
  /** Phrases that show it by themselves. */
  readonly phrases?: readonly string[];
  /** Phrases that show it, unless the words around speak of something else (`unless`, or the building of a product). */
  readonly weakPhrases?: readonly string[];
  /**
   * Whole names in trailers and of authors and committers, as patterns. A version or a bracket may follow them.
   * `personNames` are names of people or common words as well: they need an address of nobody, or the tool's own.
   */
  readonly names?: readonly string[];
  readonly personNames?: readonly string[];
  /** Whole addresses of the tool, in lower case. */
  readonly addresses?: readonly string[];
  /** Domains of its maker. Its people have addresses there too: alone they are weak evidence. */
  readonly domains?: readonly string[];
  /**
   * Accounts, in lower case and without the `[bot]` that GraphQL leaves off: apps that work on their own, users that do,
   * other apps, and apps that count for commits alone because they do other things as well.
   */
  readonly agents?: readonly string[];
  readonly users?: readonly string[];
  readonly bots?: readonly string[];
  readonly committers?: readonly string[];
  /** Keys of trailers that no other tool writes, in lower case, each with a pattern of the whole value. */
  readonly trailers?: readonly (readonly [key: string, value: string])[];
  /** Names of models, as patterns of their beginnings, in trailers such as `Assisted-by: agent:model`. */
  readonly models?: readonly string[];
  /** Beginnings of head branches that the tool gives, and such as people may give too. */
  readonly branches?: readonly string[];
  readonly weakBranches?: readonly string[];
  /** Whole labels, in lower case with hyphens, that name the tool. They may name an area of the code as well. */
  readonly weakLabels?: readonly string[];
  /** Paths of its own configuration. */
  readonly files?: readonly string[];
}

/** Marks with where they are known from, and the day when that was last looked at. */
export interface SourcedMarks extends AiMarks {
  readonly source: string;
  readonly seen: `${number}-${number}-${number}`;
}

type Lists = { readonly [Key in keyof Omit<AiMarks, 'name'>]-?: NonNullable<AiMarks[Key]> };

export interface AiTool extends Lists {
  readonly key: string;
  readonly label: string;
  readonly category: AiToolCategory;
  /** What each of its texts holds in lower case; null where nothing is looked for in texts. */
  readonly hint: string | null;
  readonly name: string | null;
  /** What the words around a weak phrase speak of when they do not speak of the tool, as a pattern. */
  readonly unless: string | null;
  readonly marks: readonly SourcedMarks[];
}

interface TextRules {
  readonly hint?: string;
  readonly unless?: string;
}

/** One tool, of marks from several sources. */
export type DefineTool = (
  key: string,
  label: string,
  rules: TextRules,
  ...marks: readonly SourcedMarks[]
) => AiTool;

function defineTool(category: AiToolCategory): DefineTool {
  return (key, label, { hint, unless }, ...marks) => {
    const all = <Value>(pick: (one: AiMarks) => readonly Value[] | undefined): readonly Value[] =>
      marks.flatMap((one) => pick(one) ?? []);
    const name = all((one) => (one.name === undefined ? [] : [one.name])).join('|');
    return {
      key,
      label,
      category,
      hint: hint ?? null,
      name: name === '' ? null : name,
      unless: unless ?? null,
      marks,
      phrases: all((one) => one.phrases),
      weakPhrases: all((one) => one.weakPhrases),
      names: all((one) => one.names),
      personNames: all((one) => one.personNames),
      addresses: all((one) => one.addresses),
      domains: all((one) => one.domains),
      agents: all((one) => one.agents),
      users: all((one) => one.users),
      bots: all((one) => one.bots),
      committers: all((one) => one.committers),
      trailers: all((one) => one.trailers),
      models: all((one) => one.models),
      branches: all((one) => one.branches),
      weakBranches: all((one) => one.weakBranches),
      weakLabels: all((one) => one.weakLabels),
      files: all((one) => one.files),
    };
  };
}

export const code = defineTool('CODE');
export const review = defineTool('REVIEW');
export const excluded = defineTool('EXCLUDED');

/** Where marks are known from that have no page of their own. */
export const FIRST_LIST = {
  source: 'the first list of this project',
  seen: '2026-11-22',
} as const;
export const TRIALS = {
  source: 'the trials of this project, with made-up people',
  seen: '2026-11-29',
} as const;
export const PUBLIC_COMMITS = {
  source: 'messages and authors of commits in public repositories',
  seen: '2026-11-30',
} as const;
/** Accounts of apps with their ids. */
export const CHAOSS = {
  source: 'https://github.com/chaoss/ai-detection-action/blob/main/utils.go',
  seen: '2026-11-30',
} as const;

/** Words before a name that say that it was used, unless the words around speak of something else. */
export const USED = '(?:used|using|via|with|asked)';
