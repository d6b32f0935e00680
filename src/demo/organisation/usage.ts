import type { AiUsageCounts, AiUsageSource } from '../../domain/usage/ai-usage.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import { addDays } from '../../domain/rollups/week.ts';
import { createRandom } from '../core/random.ts';
import { dayOf, isWeekend } from './calendar.ts';
import { PEOPLE, type Assistant } from './people.ts';

/** Usage of one person on one day, as an export of the tool has it. */
export interface PersonUsage extends Omit<AiUsageCounts, 'credits'> {
  readonly login: string;
  readonly date: CalendarDate;
}

/** Usage of one tool. */
export interface ToolUsage {
  readonly source: AiUsageSource;
  readonly rows: readonly PersonUsage[];
}

const USAGE_DAYS = 28;
const USE_SHARE = 0.85;

const SOURCES: Readonly<Record<Assistant, AiUsageSource>> = {
  CLAUDE: 'CLAUDE_CODE',
  COPILOT: 'COPILOT',
  CURSOR: 'CURSOR',
};

/** Usage of the four weeks before today by those who have an assistant; what a day has follows from the seed and the day. */
export function usageOfOrganisation(options: {
  readonly seed: number;
  readonly now: Date;
}): ToolUsage[] {
  const today = dayOf(options.now.getTime());
  const rowsOf = new Map<AiUsageSource, PersonUsage[]>();
  for (const { login, assistant } of PEOPLE) {
    if (assistant === null) {
      continue;
    }
    const rows = rowsOf.get(SOURCES[assistant]) ?? [];
    for (let day = today - USAGE_DAYS; day < today; day += 1) {
      const random = createRandom(options.seed, 'usage', login, day);
      if (!isWeekend(day) && random.chance(USE_SHARE)) {
        const suggestionsShown = random.between(40, 240);
        const suggestionsAccepted = Math.floor(suggestionsShown * (0.2 + 0.3 * random.next()));
        rows.push({
          login,
          date: addDays('1970-01-01', day),
          suggestionsShown,
          suggestionsAccepted,
          linesSuggested: suggestionsShown * 3,
          linesAccepted: suggestionsAccepted * 2,
          interactions: random.between(2, 30),
          activeHours: random.between(50, 600) / 100,
        });
      }
    }
    rowsOf.set(SOURCES[assistant], rows);
  }
  return [...rowsOf].map(([source, rows]) => ({ source, rows }));
}
