import { describe, expect, it } from 'vitest';
import { planTeam, type InstallationOptions } from '../../../src/demo/installation/plan.ts';
import { pullRequestsOf } from '../../../src/demo/installation/pull-requests.ts';
import { usageOf } from '../../../src/demo/installation/usage.ts';
import { computePhases } from '../../../src/domain/pulls/pull-request-phases.ts';

const OPTIONS: InstallationOptions = {
  seed: 7,
  teams: 2,
  membersPerTeam: 60,
  days: 130,
  pullRequestsPerTeam: 1_029,
  prefix: 'seed',
  today: '2026-03-12',
};

const pullRequests = (options: InstallationOptions, ordinal = 1) => [
  ...pullRequestsOf(options, planTeam(options, ordinal)),
];
const usage = (options: InstallationOptions, ordinal = 1) => {
  const team = planTeam(options, ordinal);
  return team.members.flatMap((member, index) =>
    [...usageOf(options, team, index)].map((fact) => ({ login: member.login, ...fact })),
  );
};
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a made-up installation', () => {
  it('follows from its arguments alone', () => {
    expect(planTeam(OPTIONS, 2)).toEqual(planTeam(OPTIONS, 2));
    expect(pullRequests(OPTIONS)).toEqual(pullRequests(OPTIONS));
    expect(usage(OPTIONS)).toEqual(usage(OPTIONS));
    expect(usage({ ...OPTIONS, seed: 8 })).not.toEqual(usage(OPTIONS));
  });

  it('has as many pull requests as asked for, no number twice, in the ratios of seed 001', () => {
    const facts = pullRequests(OPTIONS).map(({ fact }) => fact);
    expect(facts).toHaveLength(1_029);
    expect(new Set(facts.map(({ number }) => number)).size).toBe(1_029);
    expect(new Set(facts.flatMap((fact) => fact.reviews.map((one) => one.githubId))).size).toBe(
      facts.flatMap((fact) => fact.reviews).length,
    );
    expect(mean(facts.map((fact) => fact.commits.length))).toBeCloseTo(3.9, 0);
    expect(mean(facts.map((fact) => fact.reviews.length))).toBeCloseTo(1.9, 0);
    const files = mean(facts.map((fact) => fact.files?.length ?? 0));
    expect(files).toBeGreaterThan(7.4);
    expect(files).toBeLessThan(9.4);
  });

  it('has phases that add up, and nothing that lies in the future', () => {
    const until = new Date(`${OPTIONS.today}T00:00:00Z`);
    for (const { fact } of pullRequests(OPTIONS)) {
      const { seconds } = computePhases(fact);
      const { cycleTime = 0n, ...phases } = seconds ?? {};
      const parts = Object.values(phases);
      expect(seconds === null).toBe(fact.state !== 'MERGED');
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(cycleTime);
      expect(parts.filter((part) => part < 0n)).toEqual([]);
      const moments = [
        fact.createdAt,
        fact.updatedAt,
        ...fact.reviews.map((one) => one.submittedAt),
      ];
      expect(moments.every((moment) => moment < until && moment <= fact.updatedAt)).toBe(true);
    }
  });

  it('has usage on working days of those who have a tool, by the formula of seed 001', () => {
    const rows = usage(OPTIONS);
    const adopters = new Set(rows.map(({ login }) => login)).size;
    const workingDays = 93;
    expect(rows.length / (adopters * workingDays)).toBeCloseTo(0.85, 1);
    expect(adopters / OPTIONS.membersPerTeam).toBeCloseTo(planTeam(OPTIONS, 1).adoption, 0);
    for (const row of rows) {
      expect([0, 6]).not.toContain(new Date(`${row.date}T00:00:00Z`).getUTCDay());
      expect(row.suggestionsAccepted).toBeLessThanOrEqual(row.suggestionsShown);
      expect(row.activeHours).toBeLessThanOrEqual(24);
    }
  });

  it('only grows when the day moves on', () => {
    const later = { ...OPTIONS, today: '2026-03-20' };
    const before = new Map(usage(OPTIONS).map((row) => [`${row.login} ${row.date}`, row]));
    const after = new Map(usage(later).map((row) => [`${row.login} ${row.date}`, row]));
    const shared = [...before].filter(([, { date }]) => date >= '2025-11-10');
    expect(shared.length).toBeGreaterThan(1_000);
    expect(shared.map(([key]) => after.get(key))).toEqual(shared.map(([, row]) => row));
    const numbers = new Map(pullRequests(OPTIONS).map(({ fact }) => [fact.number, fact]));
    const merged = pullRequests(later).filter(({ fact }) => numbers.get(fact.number)?.mergedAt);
    expect(merged.length).toBeGreaterThan(700);
    for (const { fact } of merged) {
      expect(fact).toEqual(numbers.get(fact.number));
    }
  });
});
