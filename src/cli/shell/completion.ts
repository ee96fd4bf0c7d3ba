import { listQueries } from '../../queries/library.js';
import { SUMMARIES } from '../../store/schema/summaries.js';
import { TABLES } from '../../store/schema/tables.js';
import { VIEWS } from '../../store/schema/views.js';
import { DOT_COMMANDS, MODES } from './dot-commands.js';

const RELATIONS = { ...TABLES, ...SUMMARIES, ...VIEWS };
const relations = Object.keys(RELATIONS);
const columns = [...new Set(Object.values(RELATIONS).flatMap((each) => Object.keys(each.columns)))];
const KEYWORDS = [
  ...[
    'SELECT',
    'FROM',
    'WHERE',
    'GROUP BY',
    'ORDER BY',
    'LIMIT',
    'JOIN',
    'LEFT JOIN',
    'USING',
    'WITH',
    'AND',
    'OR',
  ],
  ...['IS NULL', 'IS NOT NULL', 'DISTINCT', 'HAVING', 'DESCRIBE', 'SUMMARIZE', 'EXPLAIN', 'UNION ALL', 'AS'],
];

/** Names that may stand where a dot command's words lead. */
function afterDot(words: readonly string[]): readonly string[] {
  const [command, first] = words;
  if (words.length === 1) return DOT_COMMANDS.map(({ name }) => name);
  if (command === '.schema') return relations;
  if (command === '.mode') return MODES;
  if (command !== '.run') return [];
  const queries = listQueries();
  if (words.length === 2) return queries.map(({ name }) => name);
  const query = queries.find(({ name }) => name === first);
  return query?.params.map(({ name }) => `${name}=`) ?? [];
}

/**
 * What a half-typed line may go on with: tables, columns and key words of SQL, names after dot commands.
 * @returns candidates, and the part of the line that they replace
 */
export function complete(line: string): [string[], string] {
  const isDot = line.trimStart().startsWith('.');
  const typed = (isDot ? /\S*$/ : /[\w]*$/).exec(line)?.[0] ?? '';
  const known = isDot ? afterDot(line.trimStart().split(/\s+/)) : [...relations, ...columns, ...KEYWORDS];
  if (typed === '' && !isDot) return [relations, ''];
  const found = known.filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()));
  return [[...new Set(found)], typed];
}
