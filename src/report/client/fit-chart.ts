/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { View } from 'vega';

/** How a chart was meant, before it was fitted. */
export interface Authored {
  /** Panels side by side, at most; null where panels are not wrapped. */
  readonly columns: number | null;
  /** Width of a panel, pixels; null without panels. */
  readonly panel: number | null;
}

/**
 * Makes a chart as wide as its place, never wider: panels side by side as many as fit, else the width itself. A panel that
 * stands alone is not stretched without limit. Stands alone: the page carries its source.
 */
export async function fitChart({
  view,
  host,
  available,
  authored,
}: {
  readonly view: View;
  readonly host: HTMLElement;
  /** Width of the place, pixels. */
  readonly available: number;
  readonly authored: Authored;
}): Promise<void> {
  const MIN_PANEL = 230;
  const MIN_CELL = 30;
  /** Times the width that the chart's author gave a panel. */
  const WIDEST = 2.4;
  /** Room for axes and gaps beside a panel, at first guess. */
  const BESIDE = 60;
  const ATTEMPTS = 4;
  /** A chart this much narrower than its place is left so. */
  const SLACK = 4;
  const drawnWidth = (): number => Math.ceil(Number(host.querySelector('svg')?.getAttribute('width') ?? 0));
  const cells = (): Element[] => [...host.querySelectorAll('.role-scope.cell > g')];
  /** Panels side by side in a grid of rows and columns, which keeps its columns at every width. */
  const across = (): number =>
    new Set(cells().map((cell) => /translate\(([^,)]+)/.exec(cell.getAttribute('transform') ?? '')?.[1]))
      .size;

  await view.runAsync();
  let columns = 1;
  if (authored.columns !== null) {
    const most = Math.max(1, Math.min(authored.columns, cells().length));
    const fitting = Math.max(1, Math.min(most, Math.floor(available / MIN_PANEL)));
    columns = Math.ceil(most / Math.ceil(most / fitting));
    view.signal('columns', columns);
  } else if (authored.panel !== null) columns = Math.max(1, across());
  const widest = authored.panel === null ? Infinity : authored.panel * WIDEST;
  const set = async (width: number): Promise<void> => {
    if (authored.panel === null) view.width(Math.max(120, width));
    else view.signal('child_width', Math.max(MIN_CELL, Math.min(width, widest)));
    await view.resize().runAsync();
  };
  const guess = available / columns - BESIDE;
  let width = guess;
  let drawn = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await set(width);
    const before = drawn;
    drawn = drawnWidth();
    const excess = drawn - available;
    if ((excess <= 0 && excess >= -SLACK) || (excess <= 0 && width >= widest)) return;
    // A legend wider than the place: smaller panels would not help.
    if (drawn === before) return set(guess);
    width = Math.min(width - (excess + 1) / columns, widest);
  }
  if (drawn > available) await set(width);
}
