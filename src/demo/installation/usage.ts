import type { AiUsageFact } from '../../domain/usage/ai-usage.ts';
import { addDays } from '../../domain/rollups/week.ts';
import { isWeekend } from '../organisation/calendar.ts';
import { createRandom } from '../core/random.ts';
import { windowOf } from './days.ts';
import type { InstallationOptions, TeamPlan } from './plan.ts';

/** Share of the working days on which somebody who has a tool uses it. */
const USE_SHARE = 0.85;
const COPILOT_SHARE = 0.7;

/**
 * Usage of one member, oldest day first; none for those who have no tool. On average a team has
 * members × working days × 0.85 × adoption rows.
 * @param index of the member in the plan, from 0
 */
export function* usageOf(
  options: InstallationOptions,
  team: TeamPlan,
  index: number,
): Generator<AiUsageFact> {
  const habits = createRandom(options.seed, 'habits', team.ordinal, index);
  const usesTool = habits.chance(team.adoption);
  const source = habits.chance(COPILOT_SHARE) ? 'COPILOT' : 'CURSOR';
  const hours = 2 + 4 * habits.next();
  const suggestions = habits.between(100, 400);
  const acceptance = 0.25 + 0.2 * habits.next();
  if (!usesTool) {
    return;
  }
  const { first, last } = windowOf(options);
  for (let day = first; day <= last; day += 1) {
    const random = createRandom(options.seed, 'usage', team.ordinal, index, day);
    if (isWeekend(day) || !random.chance(USE_SHARE)) {
      continue;
    }
    const pace = 0.7 + 0.6 * random.next();
    const shown = Math.floor(suggestions * pace);
    const accepted = Math.floor(shown * Math.min(1, acceptance * (0.9 + 0.2 * random.next())));
    yield {
      date: addDays('1970-01-01', day),
      source,
      suggestionsShown: shown,
      suggestionsAccepted: accepted,
      linesSuggested: shown * 3,
      linesAccepted: accepted * 2,
      interactions: Math.floor(shown / 10),
      activeHours: Math.round(hours * pace * 100) / 100,
      credits: null,
    };
  }
}
