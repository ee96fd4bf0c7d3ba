import { loadQuery } from '../queries/library.js';
import { runQuery, type Cell } from '../queries/run-query.js';
import { plainTable } from './plain-table.js';
import type { Terminal } from './terminal.js';

const whole = (value: Cell | undefined): string =>
  typeof value === 'number' ? Math.round(value).toLocaleString('en-US') : '-';
const text = (value: Cell | undefined): string => (typeof value === 'string' ? value : '');

/** Prints the verdicts on accuracy and on classified neurons, as the query `emergence-verdicts` has them. */
export async function printVerdicts(terminal: Terminal, db: string, suite: string | null): Promise<void> {
  const query = loadQuery({ name: 'emergence-verdicts' });
  const { columns, rows } = await runQuery({ db, query, params: { suite, preset: null } });
  const shown = rows
    .map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])))
    .filter((row) => row['prompt_set'] === 'universe' || row['family'] === 'any');
  if (shown.length === 0) {
    terminal.out('nothing to judge: neither accuracy nor heuristics were measured');
    return;
  }
  const time = (row: Readonly<Record<string, Cell>>, part: string): string =>
    row[`${part}_step`] === null
      ? text(row[`${part}_reason`]).replaceAll('_', ' ')
      : `${whole(row[`${part}_step`])} (${whole(row[`${part}_low`])} to ${whole(row[`${part}_high`])})`;
  terminal.out(
    plainTable(
      ['suite', 'seed', 'trajectory', 'verdict', 'onset (95 %)', 'half-way (95 %)'],
      shown.map((row) => [
        text(row['suite']),
        whole(row['seed']),
        text(row['trajectory']),
        row['verdict'] === 'undetermined'
          ? `undetermined: ${text(row['because'])}`
          : text(row['verdict']).replaceAll('_', ' '),
        time(row, 'onset'),
        time(row, 'halfway'),
      ]),
    ),
  );
}
