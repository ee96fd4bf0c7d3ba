import { HeuristraceError } from './errors.js';

/** A file that DuckDB cannot open, or a database without heuristrace's tables. */
export class NotADatabaseError extends HeuristraceError {
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(
      'notADatabase',
      `${path}: ${problem}`,
      'Give the path of a database that `heuristrace sweep` wrote, or of a file that does not exist yet.',
    );
  }
}

/** A database with another schema version. */
export class DatabaseVersionError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly found: number,
    readonly expected: number,
  ) {
    super(
      'databaseVersion',
      `${path} has schema version ${found}, this program writes version ${expected}`,
      'Make it again from its spool with `heuristrace rebuild`, or use the version of heuristrace that wrote it.',
    );
  }
}

/** Another process has the database open. */
export class DatabaseLockedError extends HeuristraceError {
  constructor(
    readonly path: string,
    detail: string,
  ) {
    super(
      'databaseLocked',
      `${path} is in use: ${detail}`,
      'Wait for the other process or end it, then try again.',
    );
  }
}

/** SQL that DuckDB refuses. */
export class QueryError extends HeuristraceError {
  constructor(problem: string, next = 'Correct the SQL; docs/data-dictionary.md lists tables and columns.') {
    super('query', problem, next);
  }
}
