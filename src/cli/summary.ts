import { loadQuery } from '../queries/library.js';
import { runQuery, type Cell } from '../queries/run-query.js';
import { nearestName } from './nearest.js';
import { plainTable } from './plain-table.js';
import type { Terminal } from './terminal.js';

type Row = Readonly<Record<string, Cell>>;

/** Steps of the summary table: enough to see the order of events on one screen. */
const STEPS_SHOWN = 10;

async function ask(db: string, name: string, params: Record<string, string | number | null>): Promise<Row[]> {
  const query = loadQuery({ name, nearest: nearestName });
  const { columns, rows } = await runQuery({ db, query, params, nearest: nearestName });
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i] ?? null])));
}

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
  const accuracy = await ask(db, 'accuracy-by-step', { suite });
  const seed = Math.min(...accuracy.map((row) => Number(row['seed'])));
  if (accuracy.length === 0) return;
  const counts =
    preset === null
      ? []
      : await ask(db, 'heuristic-counts', { suite, seed, preset, target: 'any', family: 'any' });
  const verdicts = await ask(db, 'emergence-verdicts', { suite, seed, preset });
  const own = accuracy.filter((row) => row['seed'] === seed);
  const operators = [...new Set(own.map((row) => textOf(row['operator'])))];
  const stepsMeasured = [...new Set(own.map((row) => Number(row['step'])))];
  const steps = spread(stepsMeasured, STEPS_SHOWN);

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

/** At most `most` of the values, ascending, the first and the last among them. */
function spread(values: readonly number[], most: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length <= most) return sorted;
  return Array.from(
    { length: most },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (most - 1))] ?? 0,
  );
}
