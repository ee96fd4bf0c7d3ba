/** DuckDB types that the schema uses, with the JavaScript type of a row's field. */
interface JsTypes {
  TEXT: string;
  /** 32 bit: keys and counts. */
  INTEGER: number;
  /** 64 bit: bytes and tokens; whole numbers up to 2^53 in JavaScript. */
  BIGINT: number;
  /** Quantities kept as the model computed them (float32). */
  FLOAT: number;
  DOUBLE: number;
  BOOLEAN: boolean;
  /** Moment in UTC, microseconds. */
  TIMESTAMP: Date;
  BLOB: Uint8Array;
  'INTEGER[]': readonly number[];
}
export type ColumnType = keyof JsTypes;

/** One column of a table or view. */
export interface Column {
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** What it holds, with unit and section of the method. */
  readonly comment: string;
  /** The closed list of its values, where there is one (a CHECK in tables). */
  readonly oneOf?: readonly string[];
}
export type Columns = Readonly<Record<string, Column>>;

/** A table: what the DDL, the comments, the data dictionary and the row types are made from. */
export interface TableDefinition {
  /** The grain first, then what else is to say. */
  readonly comment: string;
  readonly columns: Columns;
  /** Columns that name a row. */
  readonly key: readonly string[];
  /** Columns in which a row must agree with a stored one of its key; default: all. Of the others the first value stays. */
  readonly decisive?: readonly string[];
  /** Conditions that every row keeps, as SQL. */
  readonly checks: readonly string[];
}

/** A view: its SELECT and what it returns. */
export interface ViewDefinition {
  readonly comment: string;
  readonly columns: Columns;
  readonly sql: string;
}

type ValueOf<C extends Column> =
  | (C extends { readonly oneOf: readonly (infer Choice extends string)[] } ? Choice : JsTypes[C['type']])
  | (C['nullable'] extends true ? null : never);

/** A row as an object, inferred from its columns. */
export type RowOfColumns<C extends Columns> = { readonly [Name in keyof C]: ValueOf<C[Name]> };

/** Columns of one type, built by their comment. */
const ofType =
  <T extends ColumnType>(type: T) =>
  (comment: string) =>
    ({ type, nullable: false, comment }) as const;

export const text = ofType('TEXT');
export const integer = ofType('INTEGER');
export const bigint = ofType('BIGINT');
export const float = ofType('FLOAT');
export const double = ofType('DOUBLE');
export const boolean = ofType('BOOLEAN');
export const timestamp = ofType('TIMESTAMP');
export const blob = ofType('BLOB');
export const integers = ofType('INTEGER[]');

/** Text from a closed list. */
export const choice = <const V extends readonly string[]>(oneOf: V, comment: string) =>
  ({ type: 'TEXT', nullable: false, comment, oneOf }) as const;

/** The same column, null allowed. */
export const nullable = <C extends Column>(column: C): Omit<C, 'nullable'> & { readonly nullable: true } => ({
  ...column,
  nullable: true,
});

/** Checks a table definition: its key must be among its columns. */
export const table = <const C extends Columns>(definition: {
  readonly comment: string;
  readonly columns: C;
  readonly key: readonly (keyof C & string)[];
  readonly decisive?: readonly (keyof C & string)[];
  readonly checks?: readonly string[];
}) => ({ checks: [], ...definition });

/** A view definition with the types of its columns kept. */
export const view = <const C extends Columns>(
  definition: ViewDefinition & { readonly columns: C },
): ViewDefinition & { readonly columns: C } => definition;
