/**
 * The query that a newcomer sends first: GraphiQL opens with it, and README shows it (`npm run generate` copies it there).
 * It answers for the team of the demo at any time: without a range, the weeks are the latest twelve.
 */
export const FIRST_QUERY = `query FirstLook {
  team(slug: "demo") {
    weeklyMetrics {
      weekStart
      pullRequestsMerged
      cycleTime {
        value
        unit
        n
      }
    }
    pullRequests(first: 1, filter: { state: MERGED }) {
      nodes {
        number
        title
        phases {
          cycleTimeSeconds
        }
      }
    }
  }
}
`;
