import type { Answer } from '../content/ask.js';
import type { ChartData, PageData } from '../client/chart-data.js';
import { compileChart, type ChartContext, type CompiledChart } from '../charts/compile-chart.js';
import { gallerySvg } from '../charts/gallery-svg.js';
import { PAGE } from '../client/packed.js';
import { dataId, drawingId } from './figure-html.js';
import type { FilledFigure, ReportContent } from '../content/gather.js';
import { packTable } from './pack-table.js';
import { sliderOf } from './slider.js';
import { THEMES } from '../charts/theme.js';

/** Compiles the chart of a figure; null for a table. */
export function compiledFigure(
  figure: FilledFigure,
  { params, theme, font }: Pick<ChartContext, 'params' | 'theme' | 'font'>,
): CompiledChart | null {
  const { chart } = figure.definition;
  if (chart === null) return null;
  const slider = sliderOf(figure);
  const datasets = Object.entries(figure.datasets).map(([name, { columns }]) => [name, columns] as const);
  return compileChart(chart, {
    params,
    theme,
    font,
    columns: { rows: figure.answer.columns, datasets: Object.fromEntries(datasets) },
    shown: slider === null ? {} : { [slider.column]: slider.strip },
  });
}

/** What a page holds: of each figure, the tables that they read, each once, and the drawings of galleries. */
export interface Embedded {
  readonly hasCharts: boolean;
  /** By id: `PageData`, of each figure its `ChartData`, tables as `PackedTable`, drawings as SVG. */
  readonly pieces: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

const isGallery = ({ definition }: FilledFigure): boolean => definition.show === 'gallery';

/** Puts together what the script of a page reads. Figures that ask the same query share its rows. */
export function embedFigures({
  figures,
  content,
}: {
  readonly figures: readonly FilledFigure[];
  readonly content: ReportContent;
}): Embedded {
  const ids = new Map<Answer, string>();
  const tableId = (answer: Answer): string => {
    const id = ids.get(answer) ?? `rows-${ids.size}`;
    ids.set(answer, id);
    return id;
  };
  const warnings: string[] = [];
  const charts = figures.map((figure) => {
    const light = compiledFigure(figure, { params: content.params, theme: 'light' });
    const dark = compiledFigure(figure, { params: content.params, theme: 'dark' });
    const { name } = figure.definition;
    warnings.push(...(light?.warnings ?? []).map((warning) => `${name}: ${warning}`));
    const datasets = Object.entries(figure.datasets).map(([key, answer]) => [key, tableId(answer)] as const);
    const data: ChartData = {
      name,
      rows: tableId(figure.answer),
      datasets: Object.fromEntries(datasets),
      specs: light === null || dark === null ? null : { light: light.vega, dark: dark.vega },
      picks: light?.picks ?? { legends: {}, panels: [] },
      slider: sliderOf(figure),
    };
    return { id: dataId(figure), data };
  });
  const page: PageData = {
    axes: Object.fromEntries(content.axes.map(({ name, params }) => [name, { ...params }])),
    background: THEMES.light.background,
  };
  return {
    hasCharts: charts.some(({ data }) => data.specs !== null),
    pieces: Object.fromEntries<unknown>([
      [PAGE, page],
      ...charts.map(({ id, data }) => [id, data] as const),
      ...[...ids].map(([answer, id]) => [id, packTable(answer)] as const),
      ...figures.filter(isGallery).map((figure) => [drawingId(figure), gallerySvg(figure)] as const),
    ]),
    warnings,
  };
}
