import { HeuristraceError } from './errors.js';

/**
 * What is in the place of a database: nothing, a file that is not ours, one that DuckDB wrote but cannot open any more, or
 * one of a newer DuckDB.
 */
export type NoDatabase = 'absent' | 'foreign' | 'damaged' | 'newer';

const WHAT_TO_DO: Readonly<Record<NoDatabase, string>> = {
  absent:
    'Give the path of a database that `heuristrace sweep` wrote; `heuristrace rebuild` makes one that is gone again from its spool.',
  foreign: 'Give the path of a database that `heuristrace sweep` wrote.',
  damaged: 'It is damaged: `heuristrace rebuild` makes it again from its spool.',
  newer: 'A newer DuckDB wrote it: use the version of heuristrace that it belongs to.',
};

/** A file that DuckDB cannot open, or a database without heuristrace's tables. */
export class NotADatabaseError extends HeuristraceError {
  readonly why: NoDatabase;

  /** @param options.next default: what helps a command that reads */
  constructor(
    readonly path: string,
    readonly problem: string,
    { why = 'foreign', next = WHAT_TO_DO[why] }: { readonly why?: NoDatabase; readonly next?: string } = {},
  ) {
    super('notADatabase', `${path}: ${problem}`, next);
    this.why = why;
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
