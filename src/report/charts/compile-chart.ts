import { logger, Warn } from 'vega';
import type { Spec as VegaSpec } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { withRunDomain } from './run-domain.js';
import { withShownFilter, type ChartColumns, type Picks } from './shown-filter.js';
import { stepAxes, type StepAxis, type StepAxisParams } from './step-axes.js';
import { THEMES, chartConfig, type ThemeName } from './theme.js';

/** Values that a chart may read as parameters (`{"expr": "mainSeed"}`), the same in every chart of a report. */
export interface ChartParams extends StepAxisParams {
  /** Seed drawn strong. */
  readonly mainSeed: number;
  /** First measured step after 0. */
  readonly firstStep: number;
  /** Last measured step. */
  readonly lastStep: number;
  /** Runs that are compared, in their order; empty in a report of one suite. */
  readonly runs: readonly string[];
}

/**
 * What charts may read.
 * @param steps measured steps, in any order
 * @param axis default the logarithmic one of these steps
 */
export function chartParams(
  mainSeed: number,
  steps: readonly number[],
  axis: StepAxis = stepAxes(steps.map((step) => ({ step, tokens: null })))[0],
): ChartParams {
  const positive = steps.filter((step) => step > 0);
  return {
    mainSeed,
    firstStep: positive.length === 0 ? 1 : Math.min(...positive),
    lastStep: positive.length === 0 ? 1 : Math.max(...positive),
    runs: [],
    ...axis.params,
  };
}

export interface CompiledChart {
  readonly vega: VegaSpec;
  readonly picks: Picks;
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

const STEP_TITLE = 'training step';
const STEP_LABEL = { signal: 'stepLabels[indexof(stepTicks, datum.value)]' };
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An axis whose ticks are `stepTicks` takes its labels and its title from the axis that the reader chose. */
function followStepAxis(axis: Record<string, unknown>): Record<string, unknown> {
  const rest = Object.fromEntries(Object.entries(axis).filter(([key]) => key !== 'format'));
  const encode = isObject(axis['encode']) ? axis['encode'] : {};
  const labels = isObject(encode['labels']) ? encode['labels'] : {};
  const update = isObject(labels['update']) ? labels['update'] : {};
  return {
    ...rest,
    ...(axis['title'] === STEP_TITLE ? { title: { signal: 'stepTitle' } } : {}),
    encode: { ...encode, labels: { ...labels, update: { ...update, text: STEP_LABEL } } },
  };
}

/** Rewrites every axis of steps, wherever it stands in a compiled chart. */
function withStepAxes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStepAxes);
  if (!isObject(value)) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withStepAxes(part)]));
  const ticks = value['values'];
  return isObject(ticks) && ticks['signal'] === 'stepTicks' ? followStepAxis(inside) : inside;
}

export interface ChartContext {
  readonly params: ChartParams;
  readonly theme: ThemeName;
  /** Default that of the page. */
  readonly font?: string | undefined;
  /** Columns of its data, by which the reader may choose; default none. */
  readonly columns?: ChartColumns | undefined;
  /** Values shown at first, by column; default all. */
  readonly shown?: Readonly<Record<string, readonly unknown[]>> | undefined;
}

/**
 * Compiles a chart of the definition to Vega, in the colours of a theme. The data are put in by the page.
 * @param chart Vega-Lite with `data: {name: 'rows'}`; left as it is
 * @param context params are also read by name, beside `chanceColour` of the theme
 */
export function compileChart(
  chart: Readonly<Record<string, unknown>>,
  { params, theme, font, columns = { rows: [], datasets: {} }, shown = {} }: ChartContext,
): CompiledChart {
  const warnings: string[] = [];
  const log = logger(Warn);
  log.warn = (...args: readonly unknown[]) => {
    warnings.push(args.map(String).join(' '));
    return log;
  };
  const own = Array.isArray(chart['params']) ? (chart['params'] as unknown[]) : [];
  const given = Object.entries({ ...params, chanceColour: THEMES[theme].chance, shown }).map(
    ([name, value]: [string, unknown]) => ({ name, value }),
  );
  const filtered = withShownFilter(chart, columns);
  // The definition is a user's JSON: Vega-Lite itself judges it, by its warnings and errors.
  const spec = { ...structuredClone(filtered.chart), params: [...given, ...own] } as unknown as TopLevelSpec;
  const { spec: vega } = compile(spec, { logger: log, config: chartConfig(theme, font) });
  return {
    vega: withRunDomain(withColumnsSignal(withStepAxes(vega) as VegaSpec), params.runs),
    picks: filtered.picks,
    warnings,
  };
}
