import type { SchemaElement } from './accessories.ts';

/** A server's schema may be another one by then: what it lacks is tried again. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Servers that are kept in mind: more than teams have, so that nobody's addresses fill the memory. */
const MAX_SERVERS = 1_000;

/** Letters that a release has, such as `3.14.0` and `3.15.0.rc1`. */
const VERSION = /^[\w.+-]{1,40}$/;

interface Known {
  readonly lacking: ReadonlySet<SchemaElement>;
  /** The release that lacks it, as far as it was said. */
  readonly version: string | null;
  readonly learntAt: number;
}

const NOTHING: ReadonlySet<SchemaElement> = new Set();

/**
 * What the GitHub Enterprise Servers that a process asks lack of GitHub's schema, by host. It is learnt from the first
 * answer that refuses it, and again after a day, or once the server says that it is another release.
 */
export class ServerSchemas {
  readonly #now: () => Date;
  readonly #known = new Map<string, Known>();
  readonly #versions = new Map<string, string>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** What a server is known to lack. */
  lackingOn(host: string): ReadonlySet<SchemaElement> {
    const known = this.#known.get(host);
    if (known !== undefined && this.#now().getTime() - known.learntAt >= KEPT_MS) {
      this.#known.delete(host);
      return NOTHING;
    }
    return known?.lacking ?? NOTHING;
  }

  /** The release that a server said last that it is; null where it did not. */
  versionOf(host: string): string | null {
    return this.#versions.get(host) ?? null;
  }

  /** Adds to what a server lacks. */
  learn(host: string, elements: readonly SchemaElement[]): void {
    const before = this.lackingOn(host);
    keep(this.#known, host, {
      lacking: new Set([...before, ...elements]),
      version: this.versionOf(host),
      learntAt: this.#known.get(host)?.learntAt ?? this.#now().getTime(),
    });
  }

  /** Hears from the header of an answer which release the server is; github.com has none. */
  hear(host: string, header: unknown): void {
    if (typeof header !== 'string' || !VERSION.test(header)) {
      return;
    }
    const known = this.#known.get(host);
    if (known !== undefined && known.version !== null && known.version !== header) {
      this.#known.delete(host);
    }
    keep(this.#versions, host, header);
  }
}

/** Sets an entry as the newest one, and forgets the oldest where there are too many. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_SERVERS && oldest !== undefined) {
    map.delete(oldest);
  }
}
