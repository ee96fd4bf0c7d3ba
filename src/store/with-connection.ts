import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Opens an instance of DuckDB, works on one connection, and closes both, whatever happens. */
export async function withConnection<T>(
  open: () => Promise<DuckDBInstance>,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await open();
  try {
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}
