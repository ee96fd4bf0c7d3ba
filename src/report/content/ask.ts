import type { ParamValue, QueryDefinition } from '../../queries/header.js';
import { inlineParams } from '../../queries/inline-params.js';
import { loadQuery } from '../../queries/library.js';
import { typedParams } from '../../queries/params.js';
import { runQuery, type Cell } from '../../queries/run-query.js';
import type { Ask } from './definition.js';
import type { Row, Scalar } from './template.js';

/** What a report speaks of, as the query report-scope found it. */
export interface Scope {
  readonly suite: string | null;
  readonly preset: string | null;
  readonly seed: number | null;
  /** Runs compared, separated by commas; null in a report of one suite. */
  readonly runs: string | null;
}

/** Rows of a named query, and how a reader gets them again. */
export interface Answer {
  readonly query: string;
  readonly question: string;
  /** A statement that gives these rows in any DuckDB, its parameters written in. */
  readonly sql: string;
  /** Parameters that differ from their defaults. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

const scalar = (value: Cell): Scalar =>
  value !== null && typeof value === 'object' ? JSON.stringify(value) : value;

/** Suite, runs and preset are those of the report wherever a query asks for them; `@seed` is the main seed. */
function paramsFor(query: QueryDefinition, params: Ask['params'], scope: Scope): Record<string, ParamValue> {
  const declared = new Set(query.params.map(({ name }) => name));
  const given: Record<string, ParamValue> = {};
  if (declared.has('suite')) given['suite'] = scope.suite;
  if (declared.has('runs')) given['runs'] = scope.runs;
  if (declared.has('preset') && scope.preset !== null) given['preset'] = scope.preset;
  for (const [name, value] of Object.entries(params)) given[name] = value === '@seed' ? scope.seed : value;
  return given;
}

/** The rows where a column is true. */
const only = (answer: Answer, where: string): Answer => ({
  ...answer,
  sql: `SELECT *\nFROM (\n${answer.sql.slice(0, -1)}\n)\nWHERE "${where.replaceAll('"', '""')}";`,
  rows: answer.rows.filter((row) => row[where] === true),
});

/** Asks each query once, however many figures and sentences read it or some of its rows. */
export class Questions {
  readonly #answers = new Map<string, Promise<Answer>>();

  constructor(
    readonly db: string,
    readonly scope: Scope,
  ) {}

  /** @throws UnknownNameError for a query or parameter that does not exist */
  ask(ask: Ask): Promise<Answer> {
    const key = JSON.stringify([ask.query, ask.params, ask.where]);
    const known = this.#answers.get(key) ?? this.#answer(ask);
    this.#answers.set(key, known);
    return known;
  }

  async #answer({ query: name, params: given, where }: Ask): Promise<Answer> {
    if (where !== undefined) return only(await this.ask({ query: name, params: given }), where);
    const query = loadQuery({ name });
    const params = paramsFor(query, given, this.scope);
    const { columns, rows } = await runQuery({ db: this.db, query, params });
    const names = columns.map(({ name }) => name);
    return {
      query: query.name,
      question: query.question,
      sql: `${inlineParams(query, typedParams(query, params))};`,
      params: Object.fromEntries(
        Object.entries(params).filter(([name, value]) =>
          query.params.some((param) => param.name === name && param.default !== value),
        ),
      ),
      columns: names,
      rows: rows.map((row): Row =>
        Object.fromEntries(names.map((name, i) => [name, scalar(row[i] ?? null)])),
      ),
    };
  }
}
