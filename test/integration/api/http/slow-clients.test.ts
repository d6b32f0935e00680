import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NodeHost, NodeHostOptions } from '../../../../src/runtime/http/node-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { startTestHost } from '../../../support/test-host.ts';

describe('slow clients of the Node host', () => {
  async function serve(fetchHandler: NodeHostOptions['fetch'], sendMs: number): Promise<NodeHost> {
    const host = await startTestHost(fetchHandler, {
      sendMs,
    });
    onTestFinished(() => host.close());
    return host;
  }

  /** Answers that begin while a test runs, and how often each was without a byte for the time that is allowed. */
  function watchAnswers(): { readonly answer: ServerResponse; readonly quiet: () => number }[] {
    const answers: ReturnType<typeof watchAnswers> = [];
    const note = (message: unknown): void => {
      const { response } = message as { readonly response: ServerResponse };
      let times = 0;
      response.on('timeout', () => (times += 1));
      answers.push({ answer: response, quiet: () => times });
    };
    subscribe('http.server.request.start', note);
    onTestFinished(() => void unsubscribe('http.server.request.start', note));
    return answers;
  }

  it('are cut when they take nothing of their answer, and the host asks the handler for no more than it can send', async () => {
    const chunk = new Uint8Array(65_536);
    const body = { chunks: 0, isCancelled: false };
    const answers = watchAnswers();
    let held = 0;
    const host = await serve(
      async () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull: (controller) => {
              body.chunks += 1;
              held = Math.max(held, answers[0]?.answer.writableLength ?? 0);
              controller.enqueue(chunk);
            },
            cancel: () => void (body.isCancelled = true),
          }),
        ),
      100,
    );
    const socket = connect(host.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => expect(body.isCancelled).toBe(true));
    expect(answers.map(({ answer }) => answer.destroyed)).toEqual([true]);
    expect(held).toBeLessThan(1_000_000);
    // What the buffers of the system took, and no more: tens of megabytes at the most.
    expect(body.chunks * chunk.length).toBeLessThan(100_000_000);
  });

  it('are kept when they have taken all there is, however long nothing comes', async () => {
    const answers = watchAnswers();
    let goOn = (): void => undefined;
    const host = await serve(
      async () =>
        new Response(
          new ReadableStream<string>({
            start: (controller) => {
              controller.enqueue('first ');
              goOn = () => {
                controller.enqueue('last');
                controller.close();
              };
            },
          }).pipeThrough(new TextEncoderStream()),
        ),
      20,
    );
    const answer = await fetch(host.url);
    await eventually(() => expect(answers[0]?.quiet()).toBeGreaterThan(0));
    goOn();
    expect(await answer.text()).toBe('first last');
  });
});
