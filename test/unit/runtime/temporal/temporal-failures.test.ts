import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { prepareNamespace } from '../../../../src/runtime/temporal/prepare-namespace.ts';
import {
  toConnectFailure,
  toTemporalFailure,
} from '../../../../src/runtime/temporal/temporal-failures.ts';
import { grpcError } from '../../../support/temporal/grpc-error.ts';

const PLACE = { address: 'temporal.example.com:7233', namespace: 'metrics' };

/** As the client throws what the server answers. */
const failed = (code: number, details: string) =>
  new ServiceError('Failed to start Workflow', { cause: grpcError(code, details) });

describe('what Temporal answers', () => {
  it.each([
    [
      14,
      'No connection established',
      'TEMPORAL_UNAVAILABLE',
      /^Not confirmed: Temporal does not answer at temporal\.example\.com:7233/,
    ],
    [
      4,
      'Deadline exceeded',
      'TEMPORAL_UNAVAILABLE',
      /^Not confirmed: .*not known whether it carried out/,
    ],
    [1, 'Cancelled on client', 'TEMPORAL_UNAVAILABLE', /^Not confirmed/],
    [2, 'unexpected HTTP status 500', 'TEMPORAL_UNAVAILABLE', /^Not confirmed: .*status 500/],
    [10, 'shard moved', 'TEMPORAL_UNAVAILABLE', /^Not confirmed: .*\(shard moved\)/],
    [13, 'Received RST_STREAM with code 2', 'TEMPORAL_UNAVAILABLE', /^Not confirmed: .*RST_STREAM/],
    [15, 'lost', 'TEMPORAL_UNAVAILABLE', /^Not confirmed: .*not known whether it carried out/],
    [
      3,
      'Namespace metrics has no mapping defined for search attribute TeamId',
      'TEMPORAL_UNAVAILABLE',
      /lacks the search attributes .*search-attribute create --namespace metrics --name TeamId --type Keyword --name Repository .*Nothing was started/,
    ],
    [
      7,
      'Request unauthorized.',
      'TEMPORAL_UNAVAILABLE',
      /refuses access to the namespace metrics: check TEMPORAL_API_KEY/,
    ],
    [16, 'no token', 'TEMPORAL_UNAVAILABLE', /refuses access .*TEMPORAL_API_KEY/],
    [
      8,
      'namespace rate limit exceeded',
      'OVERLOADED',
      /more requests than it takes \(namespace rate limit exceeded\): try again/,
    ],
    [
      9,
      'limit on number of total updates has been reached',
      'CONFLICT',
      /wait until the running job has ended, or cancel it/,
    ],
    [
      3,
      'WorkflowId length exceeds limit.',
      'TEMPORAL_UNAVAILABLE',
      /refuses the request \(WorkflowId length exceeds limit\.\)/,
    ],
  ])('with status %i (%s) is told as what it is', (code, details, expected, sentence) => {
    const failure = toTemporalFailure(failed(code, details), PLACE);
    expect(failure).toBeInstanceOf(DomainError);
    expect(failure).toMatchObject({
      code: expected,
      message: expect.stringMatching(sentence) as string,
    });
    // Only what may have been carried out leaves that open.
    const isOpen = [1, 2, 4, 10, 13, 14, 15].includes(code);
    expect((failure as Error).message.includes('Nothing was started')).toBe(!isOpen);
  });

  it('of a namespace that is not there says how to make it', () => {
    expect(toTemporalFailure(new NamespaceNotFoundError('metrics'), PLACE)).toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
      message: expect.stringMatching(
        /no namespace metrics: check TEMPORAL_NAMESPACE, or run "temporal operator namespace create --namespace metrics"/,
      ) as string,
    });
  });

  it('is cut, and shown without what cannot be shown', () => {
    const { message } = toTemporalFailure(failed(3, `\u0007${'x'.repeat(9_000)}`), PLACE) as Error;
    expect(message.length).toBeLessThan(500);
    expect(message).not.toContain('\u0007');
  });

  it('says nothing of a defect, nor of a failure that has its sentence', () => {
    const defect = new TypeError('x is undefined');
    expect(toTemporalFailure(defect, PLACE)).toBe(defect);
    const known = new DomainError('NOT_FOUND', 'There is no such schedule.');
    expect(toTemporalFailure(known, PLACE)).toBe(known);
  });

  it('to a new connection tells a refusal from a server that is away', () => {
    expect(toConnectFailure(failed(16, 'no token'), PLACE).message).toContain('TEMPORAL_API_KEY');
    expect(toConnectFailure(failed(14, 'refused'), PLACE).message).toContain(
      'check TEMPORAL_ADDRESS and that it runs',
    );
  });
});

describe('a namespace that the connection may not change', () => {
  const never = async (): Promise<never> => {
    throw grpcError(12, 'unknown service');
  };
  const services = (status: number | null) =>
    ({
      withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
      workflowService: {
        countWorkflowExecutions: async () => {
          if (status !== null) {
            throw grpcError(status, 'refused');
          }
          return {};
        },
        registerNamespace: never,
      },
      operatorService: { listSearchAttributes: never, addSearchAttributes: never },
    }) as unknown as Parameters<typeof prepareNamespace>[0];

  it('is left as it is where it knows the search attributes, or does not let us look', async () => {
    expect(await prepareNamespace(services(null), PLACE)).toEqual([]);
    expect(await prepareNamespace(services(7), PLACE)).toEqual([]);
  });

  it('and lacks them is told with the command', async () => {
    await expect(prepareNamespace(services(3), PLACE)).rejects.toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('temporal operator search-attribute create') as string,
    });
  });

  it('and is not there is told with the command', async () => {
    await expect(prepareNamespace(services(5), PLACE)).rejects.toMatchObject({
      message: expect.stringContaining(
        'temporal operator namespace create --namespace metrics',
      ) as string,
    });
  });

  it('while Temporal is away is told as that', async () => {
    await expect(prepareNamespace(services(14), PLACE)).rejects.toMatchObject({
      message: expect.stringContaining('does not answer') as string,
    });
  });
});
