import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy in front of PostgreSQL that reads what clients say, and can close their connections. */
export interface PostgresWire {
  /** The same database through the proxy. */
  readonly url: string;
  /** Texts of the statements that were run, in order, since the last call. */
  takeStatements(): string[];
  /** Connections that are closed as soon as they have sent this many bytes of COPY; later ones are left alone. */
  cutDuringCopy(connections: number, afterBytes: number): void;
  close(): Promise<void>;
}

/** Bytes of the length that stands before the body of a message. */
const LENGTH = 4;

/** Starts the proxy on a free port of the loopback. Without TLS, so the messages can be read. */
export async function openPostgresWire(databaseUrl: string): Promise<PostgresWire> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let statements: string[] = [];
  let cuts = { connections: 0, afterBytes: 0 };

  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    let copied = 0;
    const prepared = new Map<string, string>();
    const read = createMessageReader((type, body) => {
      const [first = '', second = ''] = body.toString('utf8').split('\0', 2);
      if (type === 'P') {
        prepared.set(first, second);
      } else if (type === 'Q' || type === 'B') {
        statements.push(type === 'Q' ? first : (prepared.get(second) ?? ''));
      }
      copied += type === 'd' ? body.length : 0;
    });
    upstream.pipe(client);
    client.on('data', (data: Buffer) => {
      read(data);
      if (copied > cuts.afterBytes && cuts.connections > 0) {
        cuts.connections -= 1;
        end();
      } else if (!upstream.write(data)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    takeStatements: () => {
      const taken = statements;
      statements = [];
      return taken;
    },
    cutDuringCopy: (connections, afterBytes) => {
      cuts = { connections, afterBytes };
    },
    close: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Splits a client's stream into messages; the first one, which opens the session, has no type. */
function createMessageReader(
  onMessage: (type: string, body: Buffer) => void,
): (data: Buffer) => void {
  let pending = Buffer.alloc(0);
  let isOpen = false;
  return (data) => {
    pending = Buffer.concat([pending, data]);
    for (;;) {
      const head = isOpen ? 1 : 0;
      const length = pending.length < head + LENGTH ? undefined : pending.readUInt32BE(head);
      if (length === undefined || pending.length < head + length) {
        return;
      }
      if (isOpen) {
        onMessage(pending.toString('latin1', 0, 1), pending.subarray(1 + LENGTH, 1 + length));
      }
      pending = pending.subarray(head + length);
      isOpen = true;
    }
  };
}
