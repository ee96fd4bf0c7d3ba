import type { CellValue, ChartData, PageData, Shown } from './chart-data.js';
import type { Choice } from './views.js';

/** What the reader chose, for all charts and for each. */
export interface Choices {
  of(chart: ChartData): Choice;
  /** What the reader chose to see of a chart; nothing at first. */
  picked(chart: ChartData): Shown;
  /** Chooses the axis of steps of all charts. */
  setAxis(name: string): void;
  /** Shows these operators alone in all charts, and forgets what single charts chose of them; null shows all. */
  setOperators(operators: readonly string[] | null): void;
  /** Shows a value of a column alone, or all again; with `joins` beside those shown. */
  pick(chart: ChartData, column: string, value: CellValue, joins: boolean): void;
  /** Shows these values of a column; null shows what is shown at first. */
  set(chart: ChartData, column: string, values: readonly CellValue[] | null): void;
}

/** Keeps what the reader chose. Stands alone: the page carries its source. */
export function makeChoices(page: PageData): Choices {
  const OPERATOR = 'operator';
  const single = new Map<string, Record<string, readonly CellValue[]>>();
  let axis = page.axes[Object.keys(page.axes)[0] ?? ''] ?? {};
  let operators: readonly string[] | null = null;

  const own = ({ name }: ChartData): Record<string, readonly CellValue[]> => {
    const known = single.get(name) ?? {};
    single.set(name, known);
    return known;
  };
  const set = (chart: ChartData, column: string, values: readonly CellValue[] | null): void => {
    const kept = Object.entries(own(chart)).filter(([name]) => name !== column);
    single.set(chart.name, Object.fromEntries(values === null ? kept : [...kept, [column, values]]));
  };
  const picked = (chart: ChartData): Shown => ({
    ...(operators === null ? {} : { [OPERATOR]: operators }),
    ...own(chart),
  });
  const atFirst = ({ slider }: ChartData): Shown =>
    slider === null ? {} : { [slider.column]: slider.strip };
  return {
    of: (chart) => ({ axis, shown: { ...atFirst(chart), ...picked(chart) } }),
    picked,
    setAxis: (name) => {
      axis = page.axes[name] ?? axis;
    },
    setOperators: (chosen) => {
      operators = chosen;
      for (const [name, shown] of single)
        single.set(name, Object.fromEntries(Object.entries(shown).filter(([column]) => column !== OPERATOR)));
    },
    set,
    pick: (chart, column, value, joins) => {
      const before = picked(chart)[column] ?? [];
      const others = before.filter((each) => each !== value);
      const alone = before.length === 1 && before.includes(value);
      const joined = before.includes(value) ? others : [...before, value];
      const chosen = joins ? joined : alone ? [] : [value];
      set(chart, column, chosen.length === 0 ? null : chosen);
    },
  };
}
