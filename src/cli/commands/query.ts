import { Command } from '@commander-js/extra-typings';
import { UsageError } from '../../errors/errors.js';
import { nearestName } from '../options/nearest.js';
import type { Terminal } from '../terminal/terminal.js';

/** Database of the demo. */
export const DEFAULT_DB = 'heuristrace-out/embedded.duckdb';
const FORMATS = ['table', 'csv', 'json', 'markdown', 'parquet'];

interface QueryOptions {
  readonly db: string;
  readonly param: readonly string[];
  readonly sql?: string;
  readonly explain?: true;
  readonly format: string;
  readonly out?: string;
  readonly json?: true;
}

/** `heuristrace query`: asks a database. */
export function queryCommand(terminal: Terminal) {
  return new Command('query')
    .description('list the named queries, run one, or run SQL of your own read-only')
    .argument('[name]', 'named query; without it, and without --sql, the list is printed')
    .option('--db <file>', 'database', DEFAULT_DB)
    .option(
      '--param <name=value>',
      'parameter of the query; may be repeated; `null` means all',
      (value: string, before: readonly string[]) => [...before, value],
      [] as readonly string[],
    )
    .option('--sql <sql>', 'one statement that reads; nothing else is run')
    .option(
      '--explain',
      'say what a named query asks and gives, and its SQL; with --db also how DuckDB runs it',
    )
    .option('--format <format>', `one of ${FORMATS.join(', ')}`, 'table')
    .option('--out <file>', 'write to a file (parquet needs one)')
    .option('--json', 'short for --format json')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace query
  heuristrace query heuristic-counts --param operator=+ --param target=op1 --param family=any
  heuristrace query half-of-the-final --format csv
  heuristrace query births-and-deaths --explain
  heuristrace query neurons-of-a-heuristic --param "heuristic=op1 in [10,40)"
  heuristrace query --sql "SELECT suite, count(*) AS steps FROM checkpoints GROUP BY suite" --json
`,
    )
    .action((name, options, command) =>
      options.explain === true
        ? explain(terminal, name, options, command.getOptionValueSource('db') !== 'default')
        : run(terminal, name, options),
    );
}

async function run(terminal: Terminal, name: string | undefined, options: QueryOptions): Promise<void> {
  const { listQueries, loadQuery } = await import('../../queries/library.js');
  const format = parseFormat(options.json === true ? 'json' : options.format);
  if (name === undefined && options.sql === undefined) {
    const queries = listQueries();
    if (format === 'json')
      terminal.out(
        JSON.stringify(
          queries.map(({ name: id, question, grain, params }) => ({ name: id, question, grain, params })),
          null,
          2,
        ),
      );
    else {
      const width = Math.max(...queries.map((query) => query.name.length));
      for (const query of queries) {
        terminal.out(`${query.name.padEnd(width)}  ${query.question}`);
        const params = query.params.map((p) => (p.default === undefined ? `${p.name} (needed)` : p.name));
        if (params.length > 0) terminal.out(`${' '.repeat(width)}    --param ${params.join(', ')}`);
      }
    }
    return;
  }
  if (name !== undefined && options.sql !== undefined)
    throw new UsageError('a named query and --sql exclude each other', 'Give one of them.');
  const { checkOutput } = await import('../options/check-output.js');
  checkOutput('--out', options.out, options.db);
  const { runQuery, runSql } = await import('../../queries/run-query.js');
  const { db } = options;
  const result =
    options.sql === undefined
      ? await runQuery({
          db,
          query: loadQuery({ name: name ?? '', nearest: nearestName }),
          params: parseParams(options.param),
          nearest: nearestName,
        })
      : await runSql({ db, sql: options.sql });
  if (format === 'parquet') {
    if (options.out === undefined)
      throw new UsageError('parquet is written to a file', 'Give one with --out FILE.');
    const { writeParquet } = await import('../../queries/write-parquet.js');
    terminal.note(`written: ${await writeParquet({ result, file: options.out })}`);
    return;
  }
  const { formatResult, TEXT_FORMATS } = await import('../../queries/format.js');
  const textFormat = TEXT_FORMATS.find((candidate) => candidate === format) ?? 'table';
  const text = formatResult({ result, format: textFormat });
  if (options.out === undefined) terminal.out(text);
  else {
    const { writeWhole } = await import('../../files/write.js');
    await writeWhole(options.out, `${text}\n`);
    terminal.note(`written: ${options.out}`);
  }
}

/** @param withPlan whether a database was named */
async function explain(
  terminal: Terminal,
  name: string | undefined,
  options: QueryOptions,
  withPlan: boolean,
): Promise<void> {
  if (name === undefined)
    throw new UsageError('--explain needs the name of a query', '`heuristrace query` lists them.');
  const { loadQuery } = await import('../../queries/library.js');
  const { explainQuery, queryPlan } = await import('../../queries/explain-query.js');
  const query = loadQuery({ name, nearest: nearestName });
  terminal.out(explainQuery(query));
  if (!withPlan) return;
  const params = parseParams(options.param);
  terminal.out(`\nPlan\n${await queryPlan({ db: options.db, query, params, nearest: nearestName })}`);
}

function parseFormat(given: string): string {
  if (FORMATS.includes(given)) return given;
  const near = nearestName(given, FORMATS);
  throw new UsageError(
    `unknown format '${given}'`,
    `${near === undefined ? '' : `Did you mean '${near}'? `}Known: ${FORMATS.join(', ')}.`,
  );
}

function parseParams(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((item) => {
      const at = item.indexOf('=');
      if (at < 1) throw new UsageError(`'${item}' is no parameter`, 'Write --param name=value.');
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}
