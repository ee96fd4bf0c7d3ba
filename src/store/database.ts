import { existsSync, linkSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DatabaseLockedError, DatabaseVersionError, NotADatabaseError } from '../errors/database-errors.js';
import { canonical } from '../files/same-file.js';
import { databaseError, notADatabase } from './database-errors.js';
import { giveAccess, openToRead, type ReadAccess } from './read-access.js';
import { removeFiles } from './remove-files.js';
import { schemaDdl } from './schema/ddl.js';
import { SCHEMA_VERSION } from './schema/tables.js';
import { withConnection } from './with-connection.js';

/** How long a command waits for another process that holds the database, unless told. */
export const DEFAULT_WAIT_MS = 10_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

const WRITE_OPTIONS = { autoload_known_extensions: 'false', autoinstall_known_extensions: 'false' };

export interface OpenParams {
  /** Path of the database file. */
  readonly db: string;
  /** Longest wait for another process that holds it, milliseconds. */
  readonly waitMs?: number | undefined;
}

export interface ReadParams extends OpenParams {
  /** What SQL may reach beside the database; by default nothing. */
  readonly access?: ReadAccess | null | undefined;
}

export interface WriteParams extends OpenParams {
  /** Version of the program, stored when the database is created. */
  readonly programVersion: string;
}

/**
 * Databases that this process has open. The lock on the file is the process's, not the connection's: DuckDB would open
 * the file twice and closing either would drop the lock of both.
 */
const openHere = new Map<string, { readers: number; writer: boolean }>();

function claim(path: string, mode: 'read' | 'write'): () => void {
  const holders = openHere.get(path) ?? { readers: 0, writer: false };
  if (holders.writer || (mode === 'write' && holders.readers > 0))
    throw new DatabaseLockedError(path, `this process has it open to ${holders.writer ? 'write' : 'read'}`);
  const change = mode === 'read' ? 1 : 0;
  openHere.set(path, { readers: holders.readers + change, writer: mode === 'write' });
  return () => {
    const now = openHere.get(path);
    const readers = (now?.readers ?? 0) - change;
    if (readers > 0) openHere.set(path, { readers, writer: false });
    else openHere.delete(path);
  };
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Tries again, ever more rarely, while another process or another part of this one holds the database. */
async function patiently<T>(waitMs: number, attempt: () => Promise<T>): Promise<T> {
  let waited = 0;
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(ms * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DatabaseLockedError) || waited >= waitMs) throw error;
    }
    await pause(ms);
    waited += ms;
  }
}

/**
 * Opens, uses and closes one connection; errors of known cause come out as errors of ours.
 * @param options.shown the path that errors speak of
 */
async function connected<T>(
  path: string,
  mode: 'read' | 'write',
  use: (connection: DuckDBConnection) => Promise<T>,
  { shown = path, access = null }: { readonly shown?: string; readonly access?: ReadAccess | null } = {},
): Promise<T> {
  const release = claim(path, mode);
  try {
    return await withConnection(
      () => (mode === 'read' ? openToRead(path, access) : DuckDBInstance.create(path, WRITE_OPTIONS)),
      use,
    );
  } catch (error) {
    throw databaseError(error, shown, mode);
  } finally {
    release();
  }
}

/** What DuckDB says of a table or column that is not there, or is of another type. */
const NO_SUCH_NAME = /^(Catalog|Binder|Conversion) Error/;

/**
 * The version of a database's schema. Asks the table itself: to list the columns of a database, DuckDB binds every view, a
 * third of the cost of opening.
 * @throws NotADatabaseError
 */
async function schemaVersion(
  connection: DuckDBConnection,
  path: string,
  mode: 'read' | 'write',
): Promise<number> {
  const rows = await connection
    .runAndReadAll('SELECT schema_version::INTEGER FROM main.schema_info')
    .catch((error: unknown) => {
      if (error instanceof Error && NO_SUCH_NAME.test(error.message))
        throw notADatabase(path, 'a DuckDB database, but without the tables of heuristrace', mode);
      throw error;
    });
  const version = rows.getRowsJS()[0]?.[0];
  if (typeof version !== 'number') throw notADatabase(path, 'its schema_info is empty', mode);
  return version;
}

/** @throws NotADatabaseError, DatabaseVersionError */
async function checkVersion(
  connection: DuckDBConnection,
  path: string,
  mode: 'read' | 'write',
): Promise<void> {
  const version = await schemaVersion(connection, path, mode);
  if (version !== SCHEMA_VERSION) throw new DatabaseVersionError(path, version, SCHEMA_VERSION);
}

/** Runs statements as one transaction: all of them or none. */
export async function transaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // A failed COMMIT has ended the transaction already; the first error is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Gives a file its name unless that is taken; on file systems without hard links there is a moment's gap. */
function place(from: string, to: string): void {
  if (existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch (error) {
    if (existsSync(to)) return;
    if (!existsSync(from)) throw error;
    renameSync(from, to);
  }
}

/** Files that a database is made in before it has its name. */
const makingOf = (path: string): readonly [string, string] => [`${path}.creating`, `${path}.creating.wal`];

/**
 * Makes an empty database beside its place and puts it there whole, so that a process killed meanwhile leaves no
 * half-made database. Two processes may try: the link fails for the second, which then uses the first one's.
 */
async function create(path: string, programVersion: string): Promise<void> {
  const [making] = makingOf(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw databaseError(error, path, 'write');
  }
  const remains = (): void => removeFiles(...makingOf(path));
  try {
    await connected(
      making,
      'write',
      async (connection) => {
        const found = await connection.runAndReadAll('SELECT 1 FROM duckdb_tables()');
        if (found.currentRowCount > 0) return;
        await transaction(connection, async () => {
          for (const statement of schemaDdl(programVersion)) await connection.run(statement);
        });
      },
      { shown: path },
    );
    place(making, path);
  } catch (error) {
    if (error instanceof DatabaseLockedError) throw error;
    if (error instanceof NotADatabaseError) {
      remains(); // of a process killed while making it; the next attempt begins anew
      throw new DatabaseLockedError(path, 'it is being created');
    }
    const known = databaseError(error, path, 'write');
    if (!existsSync(path)) {
      remains();
      throw known;
    }
  }
  remains();
}

/**
 * Opens a database to read and closes it after use. Meanwhile no process can write it, so use it briefly.
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function readStore<T>(
  { db, waitMs = DEFAULT_WAIT_MS, access = null }: ReadParams,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const path = canonical(db);
  if (!existsSync(path)) throw notADatabase(path, 'no such file', 'read', 'absent');
  return patiently(waitMs, () =>
    connected(
      path,
      'read',
      async (connection) => {
        await checkVersion(connection, path, 'read');
        if (access !== null) await giveAccess(connection, access);
        return use(connection);
      },
      { access },
    ),
  );
}

/**
 * Opens a database to write, created with its folder when absent, and closes it after use.
 * Meanwhile no other process can even read it: use it for the moment of a commit only.
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnwritableError, DiskFullError
 */
export async function writeStore<T>(
  { db, programVersion, waitMs = DEFAULT_WAIT_MS }: WriteParams,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return patiently(waitMs, async () => {
    if (!existsSync(canonical(db))) await create(canonical(db), programVersion);
    const path = canonical(db);
    removeFiles(...makingOf(path)); // of a process killed between placing it and this
    return connected(path, 'write', async (connection) => {
      await checkVersion(connection, path, 'write');
      return use(connection);
    });
  });
}

/**
 * Opens a database of any version of the schema, which is there, so that no other process can have it open meanwhile.
 * @throws NotADatabaseError, DatabaseLockedError, UnwritableError
 */
export async function holdStore<T>(
  { db, waitMs = DEFAULT_WAIT_MS }: OpenParams,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const path = canonical(db);
  return patiently(waitMs, () =>
    connected(path, 'write', async (connection) => {
      await schemaVersion(connection, path, 'write');
      return use(connection);
    }),
  );
}

/**
 * Writes what a process killed after a commit left in the log beside a database into the database itself. Readers see it
 * either way, and so this is left for later while another process has the database open.
 * @throws NotADatabaseError, DatabaseVersionError, UnwritableError, DiskFullError
 */
export async function foldLog(write: WriteParams): Promise<void> {
  if (!existsSync(`${canonical(write.db)}.wal`) || !existsSync(write.db)) return;
  try {
    await writeStore(write, (connection) => connection.run('CHECKPOINT'));
  } catch (error) {
    if (!(error instanceof DatabaseLockedError)) throw error;
  }
}
