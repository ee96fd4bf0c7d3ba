import { parse, View } from 'vega';
import type { ChartParams } from './compile-chart.js';
import { compiledFigure } from '../page/embed.js';
import { gallerySvg } from './gallery-svg.js';
import type { FilledFigure } from '../content/gather.js';
import { FILE_FONT, measureByTable } from './text-width.js';
import { THEMES } from './theme.js';

/**
 * Draws the chart, or the film strips, of a figure as it goes into papers: in the light theme, on a ground of its own, with
 * all that it shows at first. The same data give the same text on every machine.
 * @param across panels side by side, at most; default as many as the chart's author chose
 * @returns SVG; null for a figure that is a table or commands
 */
export async function figureSvg(
  figure: FilledFigure,
  params: ChartParams,
  across = Infinity,
): Promise<string | null> {
  if (figure.definition.show === 'gallery') return gallerySvg(figure);
  const compiled = compiledFigure(figure, { params, theme: 'light', font: FILE_FONT });
  if (compiled === null) return null;
  measureByTable();
  const view = new View(parse(compiled.vega), { renderer: 'none' }).background(THEMES.light.background);
  for (const [dataset, { rows }] of Object.entries(figure.datasets))
    view.insert(dataset, structuredClone([...rows]));
  const columns: unknown = compiled.vega.signals?.find(({ name }) => name === 'columns');
  if (columns !== undefined) view.signal('columns', Math.min(Number(view.signal('columns')), across));
  view.insert('rows', structuredClone([...figure.answer.rows]));
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
