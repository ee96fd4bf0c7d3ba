import { QueryError } from '../errors/database-errors.js';

/** Types of parameters: what `--param name=value` is read as. */
export type ParamType = 'text' | 'int' | 'double';
const COLUMN_TYPES = ['text', 'int', 'bigint', 'double', 'boolean', 'timestamp'] as const;
export type QueryColumnType = (typeof COLUMN_TYPES)[number];

export type ParamValue = string | number | null;

export interface QueryParam {
  readonly name: string;
  readonly type: ParamType;
  /** Whether null may be given (meaning all, or as the description says). */
  readonly nullable: boolean;
  /** Value when none is given; undefined where one must be. */
  readonly default: ParamValue | undefined;
  /** Column whose values are the known ones, so that a misspelt one is noticed. */
  readonly of: { readonly table: string; readonly column: string } | undefined;
  readonly description: string;
}

export interface QueryColumn {
  readonly name: string;
  readonly type: QueryColumnType;
  /** Meaning and unit. */
  readonly description: string;
}

/** One `.sql` file: what its header says and its SQL. */
export interface QueryDefinition {
  readonly name: string;
  readonly question: string;
  /** What one row is. */
  readonly grain: string;
  /** Exact definitions, where the columns need them. */
  readonly note: string | undefined;
  /** Figures and equations of the paper that it gives over training, e.g. `Fig. 10a`. */
  readonly paper: readonly string[];
  readonly params: readonly QueryParam[];
  readonly columns: readonly QueryColumn[];
  /** The statement, with `$name` for each parameter. */
  readonly sql: string;
}

const PARAM =
  /^(?<name>[a-z]\w*) (?<type>text|int|double)(?<optional>\?)? (?:required|= (?<fallback>null|'[^']*'|-?\d+(?:\.\d+)?))(?: of (?<table>\w+)\.(?<column>\w+))? : (?<description>.+)$/;
const COLUMN = /^(?<name>[a-z]\w*) (?<type>[a-z]+) : (?<description>.+)$/;
const PLACEHOLDER = /\$([a-z]\w*)/g;

interface Entry {
  readonly kind: string;
  readonly text: string;
}

/** Comment lines before the SQL; three spaces after the dashes continue the line above. */
function headerEntries(lines: readonly string[]): Entry[] {
  const entries: { kind: string; text: string }[] = [];
  for (const line of lines) {
    const continued = /^-- {3}(.+)$/.exec(line)?.[1];
    const last = entries.at(-1);
    if (continued !== undefined && last !== undefined) last.text += ` ${continued}`;
    else {
      const [, kind = 'unreadable', text = line] =
        /^-- (question|grain|note|paper|param|column):? (.+)$/.exec(line) ?? [];
      entries.push({ kind, text });
    }
  }
  return entries;
}

function fallbackOf(text: string | undefined): ParamValue | undefined {
  if (text === undefined) return undefined;
  if (text === 'null') return null;
  return text.startsWith("'") ? text.slice(1, -1) : Number(text);
}

function param(text: string): QueryParam | string {
  const groups = PARAM.exec(text)?.groups;
  if (groups === undefined)
    return `'param ${text}' is not 'param NAME TYPE[?] = DEFAULT [of TABLE.COLUMN] : MEANING'`;
  const { name = '', type = '', optional, fallback, table, column, description = '' } = groups;
  const value = fallbackOf(fallback);
  const expected = type === 'text' ? 'string' : 'number';
  if (value !== undefined && value !== null && typeof value !== expected)
    return `the default of param ${name} is not of type ${type}`;
  const nullable = optional !== undefined;
  if (value === null && !nullable)
    return `the default of param ${name} is null, but its type is not ${type}?`;
  return {
    name,
    type: type === 'int' || type === 'double' ? type : 'text',
    nullable,
    default: value,
    of: table === undefined || column === undefined ? undefined : { table, column },
    description,
  };
}

function column(text: string): QueryColumn | string {
  const groups = COLUMN.exec(text)?.groups;
  const type = COLUMN_TYPES.find((known) => known === groups?.['type']);
  if (groups === undefined || type === undefined)
    return `'column ${text}' is not 'column NAME TYPE : MEANING'`;
  return { name: groups['name'] ?? '', type, description: groups['description'] ?? '' };
}

const ofKind = (entries: readonly Entry[], kind: string): string[] =>
  entries.filter((entry) => entry.kind === kind).map(({ text }) => text);

/**
 * Reads a query file: comment lines `-- question: ...`, `-- grain: ...`, `-- note: ...` (optional),
 * `-- paper: Fig. 8, Fig. 10c` (optional),
 * `-- param NAME text|int|double = DEFAULT of TABLE.COLUMN : MEANING` (`text?` where null is allowed; `required` for
 * `= DEFAULT`; `of` optional), `-- column NAME TYPE : MEANING`, then one SELECT with `$NAME` for the parameters.
 * @throws QueryError naming every fault of the header
 */
export function parseQuery({
  name,
  text,
}: {
  readonly name: string;
  readonly text: string;
}): QueryDefinition {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const entries = headerEntries(lines.slice(0, Math.max(end, 0)));
  const sql = lines.slice(Math.max(end, 0)).join('\n').trim();
  const problems = ofKind(entries, 'unreadable').map((line) => `cannot read '${line}'`);
  const readAll = <T extends object>(kind: string, read: (entry: string) => T | string): T[] =>
    ofKind(entries, kind).flatMap((entry) => {
      const result = read(entry);
      if (typeof result !== 'string') return [result];
      problems.push(result);
      return [];
    });
  const params = readAll('param', param);
  const columns = readAll('column', column);
  const [question] = ofKind(entries, 'question');
  const [grain] = ofKind(entries, 'grain');
  if (question === undefined) problems.push('no question');
  if (grain === undefined) problems.push('no grain');
  if (columns.length === 0) problems.push('no columns');
  if (sql === '') problems.push('no SQL');
  const declared = new Set(params.map((each) => each.name));
  const used = new Set([...sql.matchAll(PLACEHOLDER)].map(([, placeholder = '']) => placeholder));
  for (const each of declared) if (!used.has(each)) problems.push(`param ${each} is not used`);
  for (const each of used) if (!declared.has(each)) problems.push(`$${each} is not declared`);
  if (problems.length > 0 || question === undefined || grain === undefined)
    throw new QueryError(
      `query ${name}: ${problems.join('; ')}`,
      'Correct the header of the file; any file of queries/ is an example.',
    );
  const [note] = ofKind(entries, 'note');
  const paper = ofKind(entries, 'paper').flatMap((line) => line.split(', '));
  return { name, question, grain, note, paper, params, columns, sql };
}
