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

  const widest = authored.panel === null ? Infinity : authored.panel * WIDEST;
  const guess = (columns: number): number => available / columns - BESIDE;
  /** Panels side by side: as many as fit, and no emptier a last row than need be. */
  const sideBySide = (panels: number): number => {
    const fitting = Math.max(1, Math.min(panels, Math.floor(available / MIN_PANEL)));
    return Math.ceil(panels / Math.ceil(panels / fitting));
  };
  const set = async (width: number): Promise<void> => {
    if (authored.panel === null) view.width(Math.max(120, width));
    else view.signal('child_width', Math.max(MIN_CELL, Math.min(width, widest)));
    await view.resize().runAsync();
  };
  const wrap = async (columns: number): Promise<number> => {
    view.signal('columns', columns);
    await set(guess(columns));
    return columns;
  };

  // To lay a chart out takes most of the time: the first one is a guess, what is drawn puts it right.
  let columns = 1;
  let width: number;
  if (authored.columns !== null) {
    columns = await wrap(sideBySide(authored.columns));
    const there = sideBySide(Math.max(1, Math.min(authored.columns, cells().length)));
    if (there !== columns) columns = await wrap(there);
    width = guess(columns);
  } else if (authored.panel !== null) {
    width = authored.panel;
    await set(width);
    columns = Math.max(1, across());
  } else {
    width = guess(columns);
    await set(width);
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = drawnWidth();
    const excess = drawn - available;
    if (excess <= 0 && (excess >= -SLACK || width >= widest)) return;
    width = Math.min(width - (excess + 1) / columns, widest);
    await set(width);
    // A legend wider than the place: smaller panels would not help.
    if (drawnWidth() === drawn) return set(guess(columns));
  }
}
