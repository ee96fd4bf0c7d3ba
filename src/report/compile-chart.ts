import { logger, Warn } from 'vega';
import type { Spec as VegaSpec } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { THEMES, chartConfig, type ThemeName } from './theme.js';

/** Values that a chart may read as parameters (`{"expr": "mainSeed"}`), the same in every chart of a report. */
export interface ChartParams {
  /** Seed drawn strong. */
  readonly mainSeed: number;
  /** First measured step after 0. */
  readonly firstStep: number;
  /** Last measured step. */
  readonly lastStep: number;
  /** Labelled steps of the axis. */
  readonly stepTicks: readonly number[];
  /** Slope of the symlog axis at 0, so that 0 stands about one doubling apart from the first step. */
  readonly stepConstant: number;
  /** Where the axis is broken between 0 and the first step. */
  readonly stepBreak: number;
}

/** Largest last step for which powers of 4 still fit as labels. */
const LAST_FOR_POWERS_OF_4 = 20_000;
/** The last step is labelled when this many times the label before it, so that the two do not touch. */
const LAST_TICK_APART = 2;

/**
 * Lays out the axis of steps: logarithmic, with 0 apart.
 * @param steps measured steps, in any order
 */
export function chartParams(mainSeed: number, steps: readonly number[]): ChartParams {
  const positive = steps.filter((step) => step > 0).sort((a, b) => a - b);
  const firstStep = positive[0] ?? 1;
  const lastStep = positive.at(-1) ?? 1;
  const base = lastStep <= LAST_FOR_POWERS_OF_4 ? 4 : 10;
  const stepTicks: number[] = steps.includes(0) ? [0] : [];
  for (let tick = 1; tick <= lastStep; tick *= base) if (tick >= firstStep) stepTicks.push(tick);
  if (lastStep >= LAST_TICK_APART * (stepTicks.at(-1) ?? 0)) stepTicks.push(lastStep);
  return {
    mainSeed,
    firstStep,
    lastStep,
    stepTicks,
    stepConstant: firstStep,
    stepBreak: steps.includes(0) ? firstStep * (Math.SQRT2 - 1) : -1,
  };
}

export interface CompiledChart {
  readonly vega: VegaSpec;
  /** What Vega-Lite has to say about the chart; a chart of ours has none. */
  readonly warnings: readonly string[];
}

/** Panels of a facet stand in `columns` columns, which the page changes with its width. */
function withColumnsSignal(vega: VegaSpec): VegaSpec {
  const { layout } = vega;
  if (layout === undefined || !('columns' in layout) || typeof layout.columns !== 'number') return vega;
  return {
    ...vega,
    layout: { ...layout, columns: { signal: 'columns' } },
    signals: [...(vega.signals ?? []), { name: 'columns', value: layout.columns }],
  };
}

/**
 * Compiles a chart of the definition to Vega, in the colours of a theme. The data are put in by the page.
 * @param chart Vega-Lite with `data: {name: 'rows'}`; left as it is
 * @param params also read by name, beside `chanceColour` of the theme
 */
export function compileChart(
  chart: Readonly<Record<string, unknown>>,
  params: ChartParams,
  theme: ThemeName,
): CompiledChart {
  const warnings: string[] = [];
  const log = logger(Warn);
  log.warn = (...args: readonly unknown[]) => {
    warnings.push(args.map(String).join(' '));
    return log;
  };
  const own = Array.isArray(chart['params']) ? (chart['params'] as unknown[]) : [];
  const given = Object.entries({ ...params, chanceColour: THEMES[theme].chance }).map(
    ([name, value]: [string, unknown]) => ({ name, value }),
  );
  // The definition is a user's JSON: Vega-Lite itself judges it, by its warnings and errors.
  const spec = { ...structuredClone(chart), params: [...given, ...own] } as unknown as TopLevelSpec;
  const { spec: vega } = compile(spec, { logger: log, config: chartConfig(theme) });
  return { vega: withColumnsSignal(vega), warnings };
}
