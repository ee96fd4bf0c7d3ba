import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../errors/errors.js';
import { identifier, literal } from './schema/ddl.js';

/** A file that can be read beside the database. */
export interface AttachedFile {
  /** What SQL calls it. */
  readonly name: string;
  readonly file: string;
}

/** What SQL may reach beside the database itself. */
export interface ReadAccess {
  /** Other DuckDB databases, and files of rows. */
  readonly attach: readonly AttachedFile[];
  /** Whether SQL may read and write any file and fetch from the network. The database stays read-only. */
  readonly external: boolean;
}

/** Extensions of files of rows; anything else is taken for a DuckDB database. */
const ROWS = ['.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.parquet'];

/** The database is not written, and nothing is loaded or fetched unasked. */
const READ_ONLY = {
  access_mode: 'READ_ONLY',
  autoload_known_extensions: 'false',
  autoinstall_known_extensions: 'false',
};

/** Nothing can be written, no other file reached, no setting changed. */
const CONFINED = { ...READ_ONLY, enable_external_access: 'false', lock_configuration: 'true' };

/** Opens a database to read. @param access null: it alone is in reach */
export function openToRead(path: string, access: ReadAccess | null): Promise<DuckDBInstance> {
  if (access === null) return DuckDBInstance.fromCache(path, CONFINED);
  return DuckDBInstance.create(path, access.external ? { access_mode: 'READ_ONLY' } : READ_ONLY);
}

const hasRows = ({ file }: AttachedFile): boolean => ROWS.includes(extname(file).toLowerCase());

async function attachFile(connection: DuckDBConnection, attached: AttachedFile): Promise<void> {
  const { name, file } = attached;
  const [as, path] = [identifier(name), literal(resolve(file))];
  try {
    if (!existsSync(file)) throw new Error('there is no such file');
    await connection.run(
      hasRows(attached) ? `CREATE TEMP VIEW ${as} AS FROM ${path}` : `ATTACH ${path} AS ${as} (READ_ONLY)`,
    );
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    throw new UsageError(
      `cannot attach ${file} as ${name}: ${why}`,
      `Give NAME=FILE: a DuckDB database, or a file of rows (${ROWS.join(', ')}).`,
    );
  }
}

/**
 * Puts files in reach of a connection, and then locks everything else away unless all is allowed.
 * @throws UsageError when a file cannot be attached
 */
export async function giveAccess(
  connection: DuckDBConnection,
  { attach, external }: ReadAccess,
): Promise<void> {
  const paths = attach.filter(hasRows).map(({ file }) => literal(resolve(file)));
  if (paths.length > 0) await connection.run(`SET allowed_paths = [${paths.join(', ')}]`);
  for (const attached of attach) await attachFile(connection, attached);
  if (external) return;
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}
