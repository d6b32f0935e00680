import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type MappedError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm';

/** The single file of the data model, as the engine names it in its messages. */
export interface DataModel {
  readonly path: string;
  readonly content: string;
}

/** Nothing is filtered: partitions live in a schema of their own that the engine does not read. */
export const NO_FILTERS: SchemaFilter = { externalTables: [], externalEnums: [] };

/** PostgreSQL's internal "char" (OID 18) is unknown to the adapter; text (25) is known, and the engine wants Character. */
const CHAR_OID = 18;
const TEXT_OID = 25;
const CHARACTER_COLUMN_TYPE = 6;

interface AdapterInternals {
  readonly client: { query(script: string): Promise<unknown> };
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[] }>;
}

/**
 * Teaches one connection of the adapter to read "char" columns. The engine's introspection reads pg_constraint and
 * pg_attribute, which have such columns, and otherwise stops at "Column type 'char' could not be deserialized".
 * The engine asks one question at a time of a connection, so one variable carries the columns to the answer.
 */
function readCharColumns<T extends SqlQueryable>(connection: T): T {
  const raw = connection as unknown as AdapterInternals;
  const performIo = raw.performIO.bind(connection);
  const queryRaw = connection.queryRaw.bind(connection);
  let charColumns: number[] = [];
  raw.performIO = async (query) => {
    const result = await performIo(query);
    charColumns = [];
    for (const [index, field] of result.fields.entries()) {
      if (field.dataTypeID === CHAR_OID) {
        field.dataTypeID = TEXT_OID;
        charColumns.push(index);
      }
    }
    return result;
  };
  connection.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of charColumns) {
      result.columnTypes[index] = CHARACTER_COLUMN_TYPE;
    }
    return result;
  };
  return connection;
}

/**
 * Sends a migration to PostgreSQL whole. The adapter would split it at every semicolon, also inside function bodies;
 * sent as one script it is one transaction too, so that a migration that fails leaves nothing behind.
 */
function runScriptsWhole(connection: SqlDriverAdapter): void {
  const { client } = connection as unknown as AdapterInternals;
  connection.executeScript = async (script) => {
    try {
      await client.query(script);
    } catch (error) {
      throw isPostgresError(error) ? new DriverAdapterError(toAdapterCause(error)) : error;
    }
  };
}

/** PostgreSQL's complaint, in the fields in which the protocol sends it. */
interface PostgresError {
  readonly message: string;
  readonly code: string;
  readonly severity: string;
  readonly detail?: string;
  readonly column?: string;
  readonly hint?: string;
}

function isPostgresError(error: unknown): error is PostgresError {
  return error instanceof Error && 'code' in error && 'severity' in error;
}

/** The form in which the engine reports an error with the name of the migration; of other errors it says nothing. */
function toAdapterCause(error: PostgresError): MappedError {
  const { code, severity, message, detail, column, hint } = error;
  return { kind: 'postgres', code, severity, message, detail, column, hint };
}

interface AdapterFactory {
  readonly factory: SqlMigrationAwareDriverAdapterFactory;
  /** Ends the pools: the engine leaves them open, and they would keep the process and the database busy. */
  close(): Promise<void>;
}

function createAdapterFactory(connectionString: string): AdapterFactory {
  const factory = new PrismaPg({ connectionString });
  const connect = factory.connect.bind(factory);
  const connections: SqlDriverAdapter[] = [];
  factory.connect = async () => {
    const connection = await connect();
    connections.push(connection);
    runScriptsWhole(connection);
    return readCharColumns(connection);
  };
  return {
    factory,
    async close() {
      await Promise.all(connections.map((connection) => connection.dispose()));
    },
  };
}

/**
 * The engine bounds its wait for the migration lock by a timer of ten seconds that it never takes back, which would
 * hold the process for as long. Such a timer may fire, but nobody waits for it.
 */
function withLooseTimers(engine: typeof engineModule): WebAssembly.ModuleImports {
  const setLooseTimeout = (callback: () => void, delayMs: number): NodeJS.Timeout =>
    setTimeout(callback, delayMs).unref();
  return Object.fromEntries(
    Object.entries(engine).map(([name, value]) =>
      name.startsWith('__wbg_setTimeout_') ? [name, setLooseTimeout] : [name, value],
    ),
  );
}

let instantiated: Promise<typeof engineModule> | undefined;

/** The WebAssembly build of Prisma's schema engine, instantiated once a process (it keeps no state of a database). */
function instantiate(): Promise<typeof engineModule> {
  instantiated ??= (async () => {
    // Not import.meta.resolve: test runners that transform modules do not have it.
    const glue = createRequire(import.meta.url).resolve(
      '@prisma/schema-engine-wasm/schema_engine_bg',
    );
    const bytes = await readFile(join(dirname(glue), 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': withLooseTimers(engineModule),
    });
    const bindings = engineModule as unknown as { __wbg_set_wasm(exports: unknown): void };
    bindings.__wbg_set_wasm(instance.exports);
    (instance.exports['__wbindgen_start'] as (() => void) | undefined)?.();
    return engineModule;
  })();
  return instantiated;
}

/**
 * Runs `work` with a schema engine that is connected as the owner of the tables, and frees it afterwards.
 * The engine is Prisma's own, so `_prisma_migrations` is what `prisma migrate deploy` would have written.
 */
export async function withSchemaEngine<T>(
  connectionString: string,
  dataModel: DataModel,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine: Engine } = await instantiate();
  const adapter = createAdapterFactory(connectionString);
  try {
    const engine = await Engine.new(
      { datamodels: [[dataModel.path, dataModel.content]] },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(adapter.factory),
    );
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await adapter.close();
  }
}
