/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type * as Vega from 'vega';
import type { expressionInterpreter } from 'vega-interpreter';
import type { Handler } from 'vega-tooltip';

/** Rows of a query by position, which takes less room than by name. */
export interface TableData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

/** What the page holds of one figure. */
export interface ChartData extends TableData {
  readonly name: string;
  /** Other data that the chart names. */
  readonly datasets: Readonly<Record<string, TableData>>;
  /** Compiled chart by theme; null for a table. */
  readonly specs: { readonly light: Vega.Spec; readonly dark: Vega.Spec } | null;
  readonly background: { readonly light: string; readonly dark: string };
}

type VegaModule = typeof Vega;

/** Rows as CSV (RFC 4180): header first, nulls empty. Stands alone: the page carries its source. */
export function toCsv({ columns, rows }: TableData): string {
  const cell = (value: string | number | boolean | null): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/**
 * Draws the charts of a page and serves its buttons. Its source is put into the page, so it uses nothing from
 * outside but its arguments and the browser.
 */
export function runPage(
  vega: VegaModule,
  Tooltip: typeof Handler,
  expr: typeof expressionInterpreter,
  csvOf: typeof toCsv,
): void {
  type ThemeName = 'light' | 'dark';
  const MIN_PANEL = 230;
  const MIN_CELL = 30;
  const darkMedia = window.matchMedia('(prefers-color-scheme: dark)');
  const printMedia = window.matchMedia('print');
  const root = document.documentElement;

  const read = (id: string): ChartData =>
    JSON.parse(document.getElementById(id)?.textContent ?? 'null') as ChartData;

  const theme = (): ThemeName => {
    const chosen = root.dataset['theme'];
    if (printMedia.matches) return 'light';
    if (chosen === 'light' || chosen === 'dark') return chosen;
    return darkMedia.matches ? 'dark' : 'light';
  };

  const objects = (data: TableData): Record<string, unknown>[] =>
    data.rows.map((row) => Object.fromEntries(data.columns.map((name, i) => [name, row[i] ?? null])));

  const viewOf = (data: ChartData, name: ThemeName): Vega.View => {
    if (data.specs === null) throw new Error(`${data.name} is no chart`);
    const runtime = vega.parse(structuredClone(data.specs[name]), undefined, { ast: true });
    const view = new vega.View(runtime, { renderer: 'none', expr });
    for (const [dataset, table] of Object.entries(data.datasets)) view.insert(dataset, objects(table));
    return view.insert('rows', objects(data));
  };

  /** Width of what is drawn, which axes and legends make wider than the panels. */
  const drawnWidth = (host: Element): number => Number(host.querySelector('svg')?.getAttribute('width') ?? 0);

  const signalNames = (view: Vega.View): string[] =>
    Object.keys((view.getState({ signals: () => true }) as { signals: object }).signals);

  /** Panels side by side in a grid of rows and columns, which keeps its columns at every width. */
  const across = (host: Element): number => {
    const places = [...host.querySelectorAll('.role-scope.cell > g')].map(
      (panel) => /translate\(([^,)]+)/.exec(panel.getAttribute('transform') ?? '')?.[1],
    );
    return Math.max(1, new Set(places).size);
  };

  /** Makes a chart as wide as its place: panels side by side as many as fit, else the width itself. */
  const fit = async (view: Vega.View, host: HTMLElement, available: number): Promise<void> => {
    const names = signalNames(view);
    const panels = names.includes('child_width');
    let columns = 1;
    await view.runAsync();
    if (panels && !names.includes('columns')) columns = across(host);
    if (panels && names.includes('columns')) {
      const cells = host.querySelectorAll('.role-scope.cell > g').length;
      const most = Math.max(1, Math.min(Number(view.signal('columns')), cells));
      const fitting = Math.max(1, Math.min(most, Math.floor(available / MIN_PANEL)));
      columns = Math.ceil(most / Math.ceil(most / fitting));
      view.signal('columns', columns);
    }
    const set = (width: number): Promise<unknown> => {
      if (panels) view.signal('child_width', Math.max(MIN_CELL, width));
      else view.width(Math.max(120, width));
      return view.resize().runAsync();
    };
    let width = available / columns - 60;
    let drawn = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      await set(width);
      const before = drawn;
      drawn = drawnWidth(host);
      const excess = drawn - available;
      if (Math.abs(excess) <= 2) return;
      // A legend wider than the place: smaller panels would not help.
      if (drawn === before) {
        await set(available / columns - 60);
        return;
      }
      width -= excess / columns;
    }
  };

  const views = new Map<HTMLElement, Vega.View>();

  const draw = async (host: HTMLElement): Promise<void> => {
    views.get(host)?.finalize();
    const label = host.getAttribute('aria-label') ?? '';
    const data = read(host.dataset['chart'] ?? '');
    const view = viewOf(data, theme());
    view
      .renderer('svg')
      .tooltip(new Tooltip({ theme: theme() }).call)
      .hover()
      .initialize(host);
    views.set(host, view);
    await fit(view, host, host.clientWidth);
    // Vega says of its place what it is in general; the finding says more.
    host.setAttribute('role', 'img');
    host.setAttribute('aria-label', label);
    host.removeAttribute('aria-roledescription');
    const svg = host.querySelector('svg');
    svg?.setAttribute('aria-hidden', 'true');
    svg?.setAttribute('focusable', 'false');
    host.dataset['drawn'] = theme();
  };

  const hosts = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-chart]')];
  let drawing: Promise<unknown> = Promise.resolve();
  /** One drawing at a time: a second change of theme or width waits for the first. */
  const drawAll = (): void => {
    drawing = drawing
      .then(() => Promise.all(hosts().map(draw)))
      .then(() => (root.dataset['ready'] = theme()));
  };

  const save = (name: string, url: string): void => {
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    if (url.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const saveText = (name: string, type: string, text: string): void =>
    save(name, URL.createObjectURL(new Blob([text], { type })));

  /** The chart as it is seen, on a ground of its own and in the light theme: it goes into papers. */
  const still = async (data: ChartData, host: HTMLElement): Promise<Vega.View> => {
    const shown = views.get(host);
    const view = viewOf(data, 'light').background(data.background.light);
    const names = signalNames(view);
    for (const name of ['child_width', 'columns', 'width'])
      if (shown !== undefined && names.includes(name)) view.signal(name, shown.signal(name));
    return view.runAsync();
  };

  const download = async (button: HTMLElement): Promise<void> => {
    const id = button.dataset['of'] ?? '';
    const data = read(id);
    const host = document.querySelector<HTMLElement>(`[data-chart="${id}"]`);
    const kind = button.dataset['save'] ?? '';
    if (kind === 'csv') saveText(`${data.name}.csv`, 'text/csv', csvOf(data));
    if (host === null) return;
    if (kind === 'svg')
      saveText(`${data.name}.svg`, 'image/svg+xml', await (await still(data, host)).toSVG());
    if (kind === 'png') save(`${data.name}.png`, await (await still(data, host)).toImageURL('png', 2));
  };

  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null;
    if (button?.dataset['save'] !== undefined) void download(button);
    if (button?.dataset['toggle'] === 'theme') {
      root.dataset['theme'] = theme() === 'dark' ? 'light' : 'dark';
      drawAll();
    }
  });

  darkMedia.addEventListener('change', drawAll);
  printMedia.addEventListener('change', drawAll);
  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(drawAll, 120);
  });
  drawAll();
}
