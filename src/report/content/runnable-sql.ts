import type { Answer } from './ask.js';
import { shellWord } from './template.js';

/**
 * The command that gives the rows of a figure.
 * @param db path of the database as the reader's commands name it
 */
export function queryCommand({ query, params }: Answer, db: string): string {
  const given = Object.entries(params).map(
    ([name, value]) => `--param ${shellWord(`${name}=${value ?? 'null'}`)}`,
  );
  return ['heuristrace query', query, ...given, '--db', shellWord(db)].join(' ');
}

const commented = (text: string): string =>
  text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => `-- ${line}\n`)
    .join('');

/** The SQL of a figure as a file: what it asks, the command that asks it, and a statement that runs as it is. */
export const sqlFile = (answer: Answer, db: string): string =>
  `${commented(answer.question)}${commented(queryCommand(answer, db))}${answer.sql}\n`;
