import { parse, View } from 'vega';
import { chartParams, compileChart } from '../../src/report/charts/compile-chart.js';
import { groupBy, median, type Measurement, type MeasurementOf } from '../results.js';
import { partOf } from './summaries.js';

interface Point {
  readonly panel: string;
  readonly kind: 'product' | 'body';
  readonly name: string;
  readonly intensity: number;
  readonly rate: number;
}

interface Roof {
  readonly panel: string;
  readonly intensity: number;
  readonly rate: number;
}

/** Ends of the axis of intensities, in FLOP per byte. */
const AXIS = [1, 1000] as const;

/** The roof is what memory and arithmetic allow: bandwidth x intensity, at most the rate of a large product. */
function roofOf(panel: string, rounds: readonly MeasurementOf<'forward'>[]): Roof[] {
  const peak = median(rounds.map((one) => one.peak));
  const bandwidth = median(rounds.map((one) => one.bandwidth));
  const [first, last] = AXIS;
  const ridge = Math.min(last, Math.max(first, peak / bandwidth));
  return [first, ridge, last].map((intensity) => ({
    panel,
    intensity,
    rate: Math.min(peak, bandwidth * intensity),
  }));
}

function pointsOf(panel: string, [first]: readonly MeasurementOf<'forward'>[]): Point[] {
  if (first === undefined) return [];
  const body = { panel, kind: 'body' as const, name: 'body', intensity: first.intensity, rate: first.body };
  return [...first.sizes.map((size) => ({ panel, kind: 'product' as const, ...size })), body];
}

/** Draws the measured rates of products and bodies under their roofs. @returns SVG, null where nothing was measured */
export async function roofline(measurements: readonly Measurement[]): Promise<string | null> {
  const panels = [...groupBy(partOf(measurements, 'forward'), ({ engine, shape }) => `${engine}, ${shape}`)];
  if (panels.length === 0) return null;
  const x = {
    field: 'intensity',
    type: 'quantitative',
    scale: { type: 'log', domain: AXIS },
    title: 'FLOP per byte',
  };
  const y = { field: 'rate', type: 'quantitative', scale: { type: 'log' }, title: 'GFLOP/s' };
  const chart = {
    background: 'white',
    facet: { field: 'panel', type: 'nominal', title: null },
    columns: 2,
    data: { name: 'rows' },
    spec: {
      width: 300,
      height: 200,
      layer: [
        {
          transform: [{ filter: 'datum.kind === "roof"' }],
          mark: { type: 'line', color: 'grey' },
          encoding: { x, y },
        },
        {
          transform: [{ filter: 'datum.kind !== "roof"' }],
          mark: { type: 'point', filled: true, size: 60 },
          encoding: { x, y, color: { field: 'kind', type: 'nominal', title: null } },
        },
      ],
    },
  };
  const rows = panels.flatMap(([panel, rounds]) => [
    ...roofOf(panel, rounds).map((roof) => ({ ...roof, kind: 'roof', name: '' })),
    ...pointsOf(panel, rounds),
  ]);
  const { vega } = compileChart(chart, { params: chartParams(0, [0]), theme: 'light' });
  const view = new View(parse(vega), { renderer: 'none' }).data('rows', rows);
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
