import type { ImportedAiUsage } from '../../../db/usage/ai-usage-import.ts';
import { AI_USAGE_NUMBERS } from '../../../domain/usage/ai-usage-columns.ts';
import { AiTool } from '../../core/ai-tool.ts';
import { builder } from '../../core/builder.ts';
import {
  importAiUsage,
  MAX_IMPORT_ROWS,
  type AiUsageImport,
} from '../../mutations/import-ai-usage.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

/** Numbers are Float and the day is text, so that a wrong one is a problem of its row and not of the request. */
const ImportAiUsageRowInput = builder.inputType('ImportAiUsageRowInput', {
  description:
    'What one member did with the tool on one UTC day. At least one number; a count that is absent is 0.',
  fields: (t) => {
    const number = (key: (typeof AI_USAGE_NUMBERS)[number]['key']) =>
      t.float({ description: describeNumber(key) });
    return {
      login: t.string({
        required: true,
        description: "The member's login on GitHub, in upper or lower case.",
      }),
      date: t.string({
        required: true,
        description: 'The UTC day, as YYYY-MM-DD, from 2000 on and not in the future.',
      }),
      suggestionsShown: number('suggestionsShown'),
      suggestionsAccepted: number('suggestionsAccepted'),
      linesSuggested: number('linesSuggested'),
      linesAccepted: number('linesAccepted'),
      interactions: number('interactions'),
      activeHours: number('activeHours'),
      credits: number('credits'),
    };
  },
});

function describeNumber(key: string): string {
  const field = AI_USAGE_NUMBERS.find((candidate) => candidate.key === key);
  const meaning = field?.meaning ?? key;
  const kind = field?.decimals === 0 ? ' A whole number.' : '';
  return `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.${kind}`;
}

const ImportAiUsageInput = builder.inputType('ImportAiUsageInput', {
  description: 'Usage of an AI tool, per member and day.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team whose members it is about.' }),
    source: t.field({ type: AiTool, required: true, description: 'The tool that was used.' }),
    rows: t.field({
      type: [ImportAiUsageRowInput],
      required: true,
      description: `1 to ${MAX_IMPORT_ROWS} rows; pass them as a variable, a document may not be so long.`,
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Read and check everything, write nothing.',
    }),
    skipBad: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Write the good rows; without it one bad row keeps all out.',
    }),
  }),
});

const AiUsageProblem = builder
  .objectRef<ImportedAiUsage['problems'][number]>('AiUsageProblem')
  .implement({
    description: 'Why a row was refused.',
    fields: (t) => ({
      index: t.exposeInt('index', { description: 'Which of the rows, from 0.' }),
      column: t.exposeString('column', {
        nullable: true,
        description: 'The field it is about; null when it is about the whole row.',
      }),
      code: t.exposeString('code', { description: 'Stable code.' }),
      message: t.exposeString('message', {
        description: 'What is wrong, to be read behind the name of the row and field.',
      }),
    }),
  });

const ImportAiUsagePayload = builder.objectRef<AiUsageImport>('ImportAiUsagePayload').implement({
  description: 'What came of the rows.',
  fields: (t) => {
    const written = (key: 'inserted' | 'updated' | 'unchanged', description: string) =>
      t.int({
        nullable: true,
        description: `${description} Null when nothing was written.`,
        resolve: (imported) => imported.written?.[key] ?? null,
      });
    return {
      rows: t.exposeInt('rows', { description: 'Rows that were sent.' }),
      accepted: t.exposeInt('accepted', { description: 'Rows that can be written.' }),
      refused: t.int({
        description: 'Rows that cannot.',
        resolve: ({ problems }) => problems.length,
      }),
      inserted: written('inserted', 'Rows that were new.'),
      updated: written('updated', 'Rows that replaced other numbers.'),
      unchanged: written('unchanged', 'Rows that were there already.'),
      dirtyWeeks: t.exposeInt('dirtyWeeks', {
        description:
          'Weeks of the team whose metrics are out of date now. The workflow rolls them up; without one they wait for the next sync, or for the housekeeping of the day.',
      }),
      workflowId: t.exposeString('workflowId', {
        nullable: true,
        description:
          'The workflow that rolls the weeks up; null when there is nothing to roll up, or when Temporal did not answer.',
      }),
      problems: t.field({
        type: [AiUsageProblem],
        description: 'One for each refused row, in their order.',
        resolve: ({ problems }) => [...problems],
      }),
    };
  },
});

builder.mutationField('importAiUsage', (t) =>
  t.field({
    type: ImportAiUsagePayload,
    authScopes: { viewer: true },
    description:
      'Takes usage of an AI tool that a team counts elsewhere, for members that the team has. The same rows once more change nothing; other numbers for a member and day replace the earlier ones. All of it is written, or nothing, unless skipBad. The metrics of their weeks follow at once. For admins.',
    args: {
      input: t.arg({ type: ImportAiUsageInput, required: true, description: 'The rows.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: {
        name: 'ImportAiUsageResult',
        description: 'What came of the rows, or why none were taken.',
      },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(() =>
        // Input objects have no prototype and their own keys only, so they are rows as they are.
        importAiUsage(context, { ...input, rows: input.rows.map((row) => ({ ...row })) }),
      ),
  }),
);
