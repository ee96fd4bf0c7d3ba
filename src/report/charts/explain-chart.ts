import { readFile } from 'node:fs/promises';
import { parse, View } from 'vega';
import { packagePath } from '../../files/package.js';
import { chartParams, compileChart } from './compile-chart.js';

/** What votes for one candidate answer. */
export interface CandidateBar {
  readonly label: string;
  /** Place from the top. */
  readonly place: number;
  readonly part: 'heuristics that hold' | 'other neurons';
  /** Order inside the bar; 0 first. */
  readonly order: number;
  readonly logit: number;
  /** The model's own logit of the candidate. */
  readonly model: number;
}

/** What one heuristic's neurons add to the answer. */
export interface HeuristicBar {
  readonly heuristic: string;
  readonly place: number;
  readonly logit: number;
}

export interface ExplainChartData {
  readonly title: string;
  readonly candidates: readonly CandidateBar[];
  readonly heuristics: readonly HeuristicBar[];
}

/** Draws the chart of `reports/explain` for one prompt. @returns SVG */
export async function explainChart({ title, candidates, heuristics }: ExplainChartData): Promise<string> {
  const text = await readFile(packagePath('reports/explain/explain.vl.json'), 'utf8');
  const chart: unknown = JSON.parse(text);
  if (typeof chart !== 'object' || chart === null) throw new Error('reports/explain holds no chart');
  const { vega } = compileChart(
    { ...chart, title, background: 'white' },
    { params: chartParams(0, [0]), theme: 'light' },
  );
  const view = new View(parse(vega), { renderer: 'none' })
    .data('candidates', [...candidates])
    .data('heuristics', [...heuristics]);
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
