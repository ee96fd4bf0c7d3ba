/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type * as Vega from 'vega';
import type { expressionInterpreter } from 'vega-interpreter';
import type { Handler } from 'vega-tooltip';
import type { ChartData, PackedTable, PageData, Shown, TableData, ThemeName } from './chart-data.js';
import type { Authored, fitChart } from './fit-chart.js';
import type { Stored } from './packed.js';
import type { unpackTable } from './tables.js';

/** A chart on the page. */
export interface Drawn {
  readonly data: ChartData;
  readonly view: Vega.View;
  readonly authored: Authored;
  readonly theme: ThemeName;
}

/** What a reader chose for one chart. */
export interface Choice {
  /** Values of the parameters that lay out the axis of steps. */
  readonly axis: Readonly<Record<string, unknown>>;
  readonly shown: Shown;
}

/** Draws charts and draws them anew. */
export interface Views {
  /** What the page holds of a figure. */
  chartOf(id: string): ChartData;
  tableOf(id: string): TableData;
  readonly page: PageData;
  /** Draws the chart of a place anew. */
  draw(host: HTMLElement, theme: ThemeName, choice: Choice, available: number): Promise<void>;
  /** Changes what a drawn chart shows. */
  change(host: HTMLElement, choice: Choice, available: number): Promise<void>;
  /** The chart as it is seen, on a ground of its own and in the light theme: it goes into papers. */
  still(host: HTMLElement, choice: Choice): Promise<Vega.View>;
}

/** Makes the views of a page. Stands alone: the page carries its source. */
export function makeViews(parts: {
  readonly vega: typeof Vega;
  readonly Tooltip: typeof Handler;
  readonly expr: typeof expressionInterpreter;
  readonly unpackTable: typeof unpackTable;
  readonly fitChart: typeof fitChart;
  readonly stored: Stored;
  readonly page: PageData;
}): Views {
  const { vega, Tooltip, expr, stored } = parts;
  const drawn = new Map<HTMLElement, Drawn>();
  const charts = new Map<string, ChartData>();
  const tables = new Map<string, TableData>();

  const chartOf = (id: string): ChartData => {
    const known = charts.get(id) ?? (stored(id) as ChartData);
    charts.set(id, known);
    return known;
  };
  const tableOf = (id: string): TableData => {
    const known = tables.get(id) ?? parts.unpackTable(stored(id) as PackedTable);
    tables.set(id, known);
    return known;
  };
  const objects = (id: string): Record<string, unknown>[] => {
    const { columns, rows } = tableOf(id);
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
  };

  const signalNames = (view: Vega.View): string[] =>
    Object.keys((view.getState({ signals: () => true }) as { signals: object }).signals);

  const choose = (view: Vega.View, { axis, shown }: Choice): void => {
    const names = signalNames(view);
    for (const [name, value] of Object.entries({ ...axis, shown }))
      if (names.includes(name)) view.signal(name, value);
  };

  const viewOf = (data: ChartData, spec: Vega.Spec, choice: Choice): Vega.View => {
    const view = new vega.View(vega.parse(spec, undefined, { ast: true }), { renderer: 'none', expr });
    for (const [dataset, id] of Object.entries(data.datasets)) view.insert(dataset, objects(id));
    choose(view, choice);
    return view.insert('rows', objects(data.rows));
  };

  const specOf = (data: ChartData, theme: ThemeName): Vega.Spec => {
    if (data.specs === null) throw new Error(`${data.name} is no chart`);
    return structuredClone(data.specs[theme]);
  };

  const authoredOf = (view: Vega.View): Authored => {
    const names = signalNames(view);
    const number = (name: string): number | null => (names.includes(name) ? Number(view.signal(name)) : null);
    return { columns: number('columns'), panel: number('child_width') };
  };

  /** Legends of a chart that goes into a paper name only what is shown. */
  const withoutHidden = (spec: Vega.Spec, { picks }: ChartData, shown: Shown): Vega.Spec => {
    for (const legend of spec.legends ?? [])
      for (const [key, scale] of Object.entries(legend)) {
        const field = key === 'orient' ? undefined : picks.legends[String(scale)];
        const values = field === undefined ? undefined : shown[field];
        if (values !== undefined) Object.assign(legend, { values });
      }
    return spec;
  };

  const draw: Views['draw'] = async (host, theme, choice, available) => {
    drawn.get(host)?.view.finalize();
    const label = host.getAttribute('aria-label') ?? '';
    const data = chartOf(host.dataset['chart'] ?? '');
    const view = viewOf(data, specOf(data, theme), choice);
    const authored = authoredOf(view);
    view.renderer('svg').tooltip(new Tooltip({ theme }).call).hover().initialize(host);
    drawn.set(host, { data, view, authored, theme });
    await parts.fitChart({ view, host, available, authored });
    // Vega says of its place what it is in general; the finding says more.
    host.setAttribute('role', 'img');
    host.setAttribute('aria-label', label);
    host.removeAttribute('aria-roledescription');
    const svg = host.querySelector('svg');
    svg?.setAttribute('aria-hidden', 'true');
    svg?.setAttribute('focusable', 'false');
    host.dataset['drawn'] = theme;
  };

  return {
    chartOf,
    tableOf,
    page: parts.page,
    draw,
    change: async (host, choice, available) => {
      const found = drawn.get(host);
      if (found === undefined) return;
      const { columns, panel } = found.authored;
      // A grid of rows and columns keeps empty room for what it once showed.
      if (panel !== null && columns === null) return draw(host, found.theme, choice, available);
      choose(found.view, choice);
      await parts.fitChart({ view: found.view, host, available, authored: found.authored });
    },
    still: async (host, choice) => {
      const data = chartOf(host.dataset['chart'] ?? '');
      const view = viewOf(data, withoutHidden(specOf(data, 'light'), data, choice.shown), choice);
      const shownView = drawn.get(host)?.view;
      const names = signalNames(view);
      for (const name of ['child_width', 'columns', 'width'])
        if (shownView !== undefined && names.includes(name)) view.signal(name, shownView.signal(name));
      return view.background(parts.page.background).runAsync();
    },
  };
}
