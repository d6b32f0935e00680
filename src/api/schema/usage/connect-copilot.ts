import { toAiUsageStart } from '../../../contracts/ai-usage.ts';
import { readAiUsageSources } from '../../../db/reads/ai-usage-sources.ts';
import {
  connectAiUsageSource,
  MAX_AI_USAGE_SOURCES,
  tooManySources,
} from '../../../db/usage/ai-usage-sources.ts';
import { parseOrganizationLogin } from '../../../domain/members/organization-login.ts';
import { readTeamId } from '../../core/global-id.ts';
import { requireGitHub } from '../../core/team-admin.ts';
import { AiUsageSyncPayload, READ_USAGE, startAiUsageSync } from '../../mutations/ai-usage-sync.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

defineMutation({
  name: 'connectCopilot',
  description:
    "Reads the Copilot usage reports of an organisation with the team's connection to GitHub: a year back now, and every day from now on. A second time joins the sync that runs.",
  input: {
    description: 'Whose Copilot reports to read.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose members use Copilot.' }),
      organization: t.string({
        required: true,
        description: 'Login of the organisation on GitHub that pays for the seats.',
      }),
    }),
  },
  payload: AiUsageSyncPayload,
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: READ_USAGE,
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const wanted = parseOrganizationLogin(input.organization);
    await requireGitHub(context, teamId);
    const known = await readAiUsageSources(context.reads.session, [{ teamId }]);
    const same = known
      .flat()
      .find(({ organization }) => organization.toLowerCase() === wanted.toLowerCase());
    if (same === undefined && known.flat().length >= MAX_AI_USAGE_SOURCES) {
      throw tooManySources();
    }
    const organization = same?.organization ?? wanted;
    const source = { teamId, source: 'COPILOT', organization } as const;
    const audit = {
      action: 'CONNECT_AI_USAGE_SOURCE',
      details: { source: source.source, organization },
    };
    const started = await context.writes.asking(teamId, audit, async () => {
      await context.services.launcher.scheduleDaily(
        toAiUsageStart({ teamId: String(teamId), organization }),
      );
      return startAiUsageSync(context, source);
    });
    // Only now, for a source that nothing reads must not stay: the first step of the workflow writes the same row.
    await context.writes.inTeam(teamId, async (tx) => ({
      result: await connectAiUsageSource(tx, source),
      audit: 'UNCHANGED',
    }));
    return { teamId, syncs: [started] };
  },
});
