import { renameSync } from 'node:fs';
import { resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { databaseError } from '../store/database-errors.js';
import { removeFiles } from '../store/remove-files.js';
import { identifier, literal } from '../store/schema/ddl.js';
import { withConnection } from '../store/with-connection.js';
import type { QueryResult } from './run-query.js';

/**
 * Writes a result to a Parquet file, whole or not at all, in a database in memory that may touch that file only.
 * An existing file is replaced.
 * @returns the absolute path
 * @throws UnwritableError, DiskFullError
 */
export async function writeParquet({
  result: { columns, raw },
  file,
}: {
  readonly result: Pick<QueryResult, 'columns' | 'raw'>;
  readonly file: string;
}): Promise<string> {
  const path = resolve(file);
  const part = `${path}.part`;
  try {
    await withConnection(
      () => DuckDBInstance.create(':memory:'),
      async (connection) => {
        await connection.run(`SET allowed_paths = [${literal(part)}]`);
        await connection.run('SET enable_external_access = false');
        await connection.run('SET lock_configuration = true');
        await connection.run(
          `CREATE TABLE result (${columns.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')})`,
        );
        const appender = await connection.createAppender('result');
        for (const chunk of raw.chunks) appender.appendDataChunk(chunk);
        appender.closeSync();
        await connection.run(`COPY result TO ${literal(part)} (FORMAT parquet, USE_TMP_FILE false)`);
      },
    );
    renameSync(part, path);
    return path;
  } catch (error) {
    removeFiles(part);
    throw databaseError(error, path, 'write');
  }
}
