/// <reference lib="dom" />
import type { TableData } from './chart-data.js';
import type { Choices } from './choices.js';
import type { shownRows, toCsv } from './tables.js';
import type { Views } from './views.js';

/**
 * Gives a figure as a file, as it is seen. Stands alone: the page carries its source.
 * @param button names the kind and the figure in its `data-save` and `data-of`
 */
export async function download(
  button: HTMLElement,
  parts: {
    readonly views: Views;
    readonly choices: Choices;
    readonly toCsv: typeof toCsv;
    readonly shownRows: typeof shownRows;
  },
): Promise<void> {
  const { views, choices } = parts;
  const PIXELS = 2;
  const save = (name: string, url: string): void => {
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    if (url.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const saveText = (name: string, type: string, text: string): void =>
    save(name, URL.createObjectURL(new Blob([text], { type })));

  const id = button.dataset['of'] ?? '';
  const chart = views.chartOf(id);
  const choice = choices.of(chart);
  const kind = button.dataset['save'] ?? '';
  if (kind === 'csv') {
    const rows: TableData = parts.shownRows(views.tableOf(chart.rows), choice.shown);
    saveText(`${chart.name}.csv`, 'text/csv', parts.toCsv(rows));
    return;
  }
  const host = document.querySelector<HTMLElement>(`[data-chart="${id}"]`);
  if (host === null) return;
  const view = await views.still(host, choice);
  if (kind === 'svg') saveText(`${chart.name}.svg`, 'image/svg+xml', await view.toSVG());
  else save(`${chart.name}.png`, await view.toImageURL('png', PIXELS));
  view.finalize();
}
