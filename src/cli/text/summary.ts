import { evenly } from '../../domain/evenly.js';
import { askRecords, type Row } from '../../queries/records.js';
import type { Cell } from '../../queries/run-query.js';
import { plainTable } from './plain-table.js';
import type { Terminal } from '../terminal/terminal.js';

/** Steps of the summary table: enough to see the order of events on one screen. */
const STEPS_SHOWN = 10;

const percent = (value: Cell | undefined): string =>
  typeof value === 'number' ? `${(100 * value).toFixed(0)} %` : '-';
const number = (value: Cell | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : '-';

/** Every named query of a summary is one that a user can run. */
export async function printSummary(
  terminal: Terminal,
  db: string,
  suite: string,
  preset: string | null,
): Promise<void> {
  const accuracy = await askRecords(db, 'accuracy-by-step', { suite });
  const seed = Math.min(...accuracy.map((row) => Number(row['seed'])));
  if (accuracy.length === 0) return;
  const counts =
    preset === null
      ? []
      : await askRecords(db, 'heuristic-counts', { suite, seed, preset, target: 'any', family: 'any' });
  const verdicts = await askRecords(db, 'emergence-verdicts', { suite, seed, preset });
  const own = accuracy.filter((row) => row['seed'] === seed);
  const operators = [...new Set(own.map((row) => textOf(row['operator'])))];
  const stepsMeasured = [...new Set(own.map((row) => Number(row['step'])))];
  const steps = evenly(
    stepsMeasured.sort((a, b) => a - b),
    STEPS_SHOWN,
  );

  const table = steps.map((step) => {
    const at = (rows: readonly Row[], operator: string): Row | undefined =>
      rows.find((row) => row['step'] === step && row['operator'] === operator);
    return [
      step.toLocaleString('en-US'),
      ...operators.map((o) => percent(at(own, o)?.['accuracy'])),
      ...operators.map((o) => {
        const row = at(counts, o);
        return `${percent(row?.['share'])} (${percent(row?.['chance_activations_permuted'])})`;
      }),
    ];
  });
  terminal.out(`${suite}, seed ${seed}, at ${steps.length} of ${stepsMeasured.length} steps`);
  terminal.out('right: share of all prompts completed correctly');
  if (preset !== null)
    terminal.out(
      `heur.: share of live neurons that implement a heuristic (preset ${preset}), in brackets with shuffled activations`,
    );
  const head = ['step', ...operators.map((o) => `${o} right`), ...operators.map((o) => `${o} heur.`)];
  terminal.out(plainTable(head, table));
  for (const quantity of ['accuracy', 'classified']) {
    const parts = verdicts
      .filter((row) => row['headline'] === true && row['quantity'] === quantity)
      .map((row) => `${textOf(row['operator'])} ${verdictText(row)}`);
    const label = quantity === 'accuracy' ? 'accuracy' : 'heuristics above chance';
    if (parts.length > 0) terminal.out(`rise of ${label}: ${parts.join(', ')}`);
  }
}

/** `gradual (half-way 1,016)`: a verdict and, where there is one, the step half-way. */
function verdictText(row: Row): string {
  const step = row['halfway_step'];
  const verdict = textOf(row['verdict']).replaceAll('_', ' ');
  return typeof step === 'number' ? `${verdict} (half-way ${number(Math.round(step))})` : verdict;
}

const textOf = (value: Cell | undefined): string => (typeof value === 'string' ? value : '');
