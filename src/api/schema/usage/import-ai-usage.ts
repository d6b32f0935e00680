import { importAiUsage, type ImportedAiUsage } from '../../../db/usage/ai-usage-import.ts';
import { AI_USAGE_NUMBERS } from '../../../domain/usage/ai-usage-columns.ts';
import { AiTool } from '../../core/ai-tool.ts';
import { builder } from '../../core/builder.ts';
import { invalidInput } from '../../core/errors.ts';
import { costs } from '../../core/field-cost.ts';
import { flag } from '../../core/flag.ts';
import { readTeamId } from '../../core/global-id.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { startRollUp } from '../../mutations/start-roll-up.ts';

/** Rows of one request: with all their numbers they stay below the bound of a request's body. */
const MAX_IMPORT_ROWS = 5_000;

/** Whether so many problems can be asked for. */
function isProblemCount(first: number): boolean {
  return Number.isInteger(first) && first >= 1 && first <= MAX_IMPORT_ROWS;
}

interface AiUsageImport extends ImportedAiUsage {
  readonly rows: number;
  /** The workflow that rolls the weeks up; null when none wait because of this, or Temporal did not answer. */
  readonly workflowId: string | null;
}

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

const AiUsageProblem = builder
  .objectRef<ImportedAiUsage['problems'][number]>('AiUsageProblem')
  .implement({
    description: 'A reason why a row was refused.',
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
      refused: t.exposeInt('refused', { description: 'Rows that cannot.' }),
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
        ...costs({
          size: ({ first }) =>
            typeof first === 'number' && isProblemCount(first) ? first : MAX_IMPORT_ROWS,
        }),
        type: [AiUsageProblem],
        description: 'What is wrong with the refused rows, in their order; a row may have several.',
        args: {
          first: t.arg.int({
            required: true,
            defaultValue: 100,
            description: `How many of them, 1 to ${MAX_IMPORT_ROWS}; refused counts the rows.`,
          }),
        },
        resolve: ({ problems }, { first }) => {
          if (!isProblemCount(first)) {
            throw invalidInput(`first must lie between 1 and ${MAX_IMPORT_ROWS}, it is ${first}.`);
          }
          return problems.slice(0, first);
        },
      }),
    };
  },
});

defineMutation({
  name: 'importAiUsage',
  // Without Temporal the import stands all the same: the weeks then wait for the team's next rollup.
  description:
    'Takes usage of an AI tool that a team counts elsewhere, for members that the team has. The same rows once more change nothing; other numbers for a member and day replace the earlier ones. All of it is written, or nothing, unless skipBad. The metrics of their weeks follow at once.',
  input: {
    description: 'Usage of an AI tool, per member and day.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose members it is about.' }),
      source: t.field({ type: AiTool, required: true, description: 'The tool that was used.' }),
      rows: t.field({
        type: [ImportAiUsageRowInput],
        required: true,
        description: `1 to ${MAX_IMPORT_ROWS} rows; pass them as a variable, a document may not be so long.`,
      }),
      dryRun: t.boolean(flag('Read and check everything, write nothing.')),
      skipBad: t.boolean(flag('Write the good rows; without it one bad row keeps all out.')),
    }),
  },
  payload: ImportAiUsagePayload,
  errors: [],
  role: 'ADMIN',
  may: 'import AI usage',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const { length } = input.rows;
    if (length === 0 || length > MAX_IMPORT_ROWS) {
      throw invalidInput(
        `Send 1 to ${MAX_IMPORT_ROWS} rows, not ${length}: more come in by several requests, or by throughline import ai-usage.`,
        'rows',
      );
    }
    // Input objects have no prototype and their own keys only, so they are rows as they are.
    const rows = input.rows.map((row) => ({ ...row }));
    const imported = await context.writes.inTeam(teamId, (tx) =>
      importAiUsage(tx, { ...input, rows, teamId }),
    );
    // Also when all rows were there already: their weeks may wait since Temporal was away.
    const hasWork = imported.written !== null && imported.dirtyWeeks > 0;
    const workflowId = hasWork ? await startRollUp(context, teamId) : null;
    return { ...imported, rows: length, workflowId };
  },
});
