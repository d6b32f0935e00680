import { nest, refused, times, type Asked, type HostileRequest } from './hostile-request.ts';

const COSTLY: readonly Asked[] = [
  [
    'pull requests of repositories of pull requests, three times',
    () => `{teams{nodes{${nest(3, 'pullRequests(first:100){nodes{repository{', 'name')}}}}`,
  ],
  [
    'repositories of the team of repositories',
    () => `{teams(first:100){nodes{${nest(4, 'repositories(first:100){nodes{team{', 'id')}}}}`,
  ],
  [
    'the same through edges',
    () =>
      `{teams{edges{node{${nest(3, 'pullRequests(first:100){edges{node{repository{', 'name')}}}}}`,
  ],
  [
    'pages whose size is in a variable',
    () =>
      `query($n:Int!){teams(first:$n){nodes{members(first:$n){nodes{weeklyMetrics{commits}}} pullRequests(first:$n){nodes{commits(first:$n){nodes{sha}}}}}}}`,
    () => ({ n: 100 }),
  ],
  [
    'pages whose size is the default of a variable that is unset',
    () =>
      `query($n:Int!=100){teams(first:$n){nodes{pullRequests(first:$n){nodes{files(first:$n){nodes{path}}}}}}}`,
  ],
  [
    'pages whose size is a number beyond all pages',
    () =>
      `{teams(first:2000000000){nodes{pullRequests(first:2000000000){nodes{files(first:2000000000){nodes{path}}}}}}}`,
  ],
  [
    'a page in a fragment that is spread under 40 names',
    () =>
      `{team(slug:"a"){${times(40, (n) => `p${n}:pullRequests(first:100){...P}`)}}} fragment P on PullRequestConnection{nodes{files{nodes{path}}}}`,
  ],
  [
    'a hundred nodes under 40 names with pages of their own',
    () =>
      `query($ids:[ID!]!){${times(40, (n) => `n${n}:nodes(ids:$ids){...on Team{members(first:100){nodes{login}}}}`)}}`,
    () => ({ ids: Array.from({ length: 100 }, () => btoa('Team:1')) }),
  ],
  [
    'weeks of each member for five years',
    () =>
      `{teams{nodes{members(first:100){nodes{weeklyMetrics(from:"2021-01-01",to:"2025-12-01"){commits}}}}}}`,
  ],
  [
    'a subscription to repositories of repositories',
    () =>
      `subscription{syncRunProgress(id:"x"){${nest(3, 'repositories(first:100){nodes{', 'id')}}}`,
  ],
  [
    'a mutation that answers pages of pages',
    () =>
      `mutation{startBackfill(input:{teamId:"x"}){...on StartBackfillPayload{syncRun{team{pullRequests(first:100){nodes{repository{pullRequests(first:100){nodes{files{nodes{path}}}}}}}}}}}}`,
  ],
];

/** Queries whose pages come to more than a query may cost. */
export const COSTLY_REQUESTS: readonly HostileRequest[] = COSTLY.map((asked) =>
  refused('COST', asked),
);
