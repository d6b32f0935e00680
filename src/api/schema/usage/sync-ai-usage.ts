import { readAiUsageSources } from '../../../db/reads/ai-usage-sources.ts';
import { invalidInput } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { requireGitHub } from '../../core/team-admin.ts';
import { AiUsageSyncPayload, READ_USAGE, startAiUsageSync } from '../../mutations/ai-usage-sync.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

defineMutation({
  name: 'syncAiUsage',
  description:
    'Asks all sources of a team for the days that are missing, and for the last days again.',
  input: {
    description: 'Whose AI usage to read again.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose sources to ask.' }),
    }),
  },
  payload: AiUsageSyncPayload,
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: READ_USAGE,
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ context, teamId }) => {
    await requireGitHub(context, teamId);
    const [sources = []] = await readAiUsageSources(context.reads.session, [{ teamId }]);
    if (sources.length === 0) {
      throw invalidInput(
        'The team has no source of AI usage yet: connect one first, with connectCopilot.',
      );
    }
    const organizations = sources.map(({ organization }) => organization);
    const audit = { action: 'SYNC_AI_USAGE', details: { organizations } };
    const syncs = await context.writes.asking(teamId, audit, async () => {
      const started = [];
      for (const source of sources) {
        started.push(await startAiUsageSync(context, source));
      }
      return started;
    });
    return { teamId, syncs };
  },
});
