/** What the command line takes of the demo: it loads this file and no other, and on demand, for a build has none of it. */
export { combineSources, startFakeGitHub } from './fake-github/fake-github.ts';
export { planTeam } from './installation/plan.ts';
export { pullRequestsOf } from './installation/pull-requests.ts';
export { usageOf } from './installation/usage.ts';
export { generateOrganisation } from './organisation/organisation.ts';
export { usageOfOrganisation } from './organisation/usage.ts';
export { readRecording } from './recording/recording.ts';
