import { askRecords, type Row } from '../../queries/records.js';
import type { Cell } from '../../queries/run-query.js';
import { plainTable } from './plain-table.js';
import type { Terminal } from '../terminal/terminal.js';

const whole = (value: Cell | undefined): string =>
  typeof value === 'number' ? Math.round(value).toLocaleString('en-US') : '-';
const text = (value: Cell | undefined): string => (typeof value === 'string' ? value : '');

/** Prints the verdicts on accuracy and on classified neurons, as the query `emergence-verdicts` has them. */
export async function printVerdicts(terminal: Terminal, db: string, suite: string | null): Promise<void> {
  const verdicts = await askRecords(db, 'emergence-verdicts', { suite, preset: null });
  const shown = verdicts.filter((row) => row['headline'] === true);
  if (shown.length === 0) {
    terminal.out('nothing to judge: neither accuracy nor heuristics were measured');
    return;
  }
  const time = (row: Row, part: string): string =>
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
