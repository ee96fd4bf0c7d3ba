import { COMPONENT_SEEDS } from '../parts/step.js';
import { groupBy, median, type Measurement, type MeasurementOf, type PartName } from '../results.js';

/** The measurements of one part. */
export function partOf<P extends PartName>(
  measurements: readonly Measurement[],
  part: P,
): MeasurementOf<P>[] {
  return measurements.filter((one): one is MeasurementOf<P> => one.part === part);
}

/** One whole step, medians over rounds. */
export interface StepSummary {
  readonly engine: string;
  /** Seconds by the clock; where measures run side by side, in proportion to their threads' seconds. */
  readonly measures: ReadonlyMap<string, number>;
  /** Wall time. */
  readonly seconds: number;
  /** Wall time, with as many sets of pairs patched as the peer patches. */
  readonly comparable: number;
  readonly prompts: number;
  readonly weightBytes: number;
  /** Largest resident set of a step of all operators; null where each was run alone. */
  readonly peak: number | null;
  /** Runs of each kind, at least. */
  readonly rounds: number;
}

const ALL = '+-*/';

/** @returns null until all four operators are measured, together or each alone */
export function summariseStep(measurements: readonly Measurement[], engine: string): StepSummary | null {
  const steps = partOf(measurements, 'step').filter((one) => one.engine === engine);
  const byOperators = groupBy(steps, ({ operators }) => operators);
  const whole = byOperators.get(ALL);
  const single = Array.from(ALL).flatMap((operator) => byOperators.get(operator) ?? []);
  const groups = whole === undefined ? [...groupBy(single, ({ operators }) => operators).values()] : [whole];
  if (whole === undefined && groups.length < ALL.length) return null;
  const sum = (of: (one: MeasurementOf<'step'>) => number): number =>
    groups.reduce((total, group) => total + median(group.map(of)), 0);
  const names = [...new Set(steps.flatMap(({ measures }) => Object.keys(measures)))];
  const measures = new Map(
    names.map((name) => [name, sum((one) => sideBySide(one) * (one.measures[name] ?? 0))]),
  );
  const seconds = sum((one) => one.seconds);
  return {
    engine,
    measures,
    seconds,
    comparable: seconds + (COMPONENT_SEEDS - 1) * (measures.get('components') ?? 0),
    prompts: sum((one) => one.prompts),
    weightBytes: groups[0]?.[0]?.weightBytes ?? 0,
    peak: whole === undefined ? null : median(whole.map(({ peak }) => peak)),
    rounds: Math.min(...groups.map(({ length }) => length)),
  };
}

/** What seconds of threads are multiplied by, so that they add up to those of the clock at most. */
function sideBySide({ measures, seconds }: MeasurementOf<'step'>): number {
  return Math.min(1, seconds / Object.values(measures).reduce((sum, own) => sum + own, 0));
}

/** One stage of the peer, median over rounds. */
export interface StageSummary {
  readonly name: string;
  readonly unit: string;
  readonly timed: number;
  readonly whole: number;
  /** Of the slice. */
  readonly sliceSeconds: number;
  /** Of one checkpoint. */
  readonly seconds: number;
}

/** Every stage of the peer that was measured, in its order. */
export function summarisePeer(measurements: readonly Measurement[]): StageSummary[] {
  const stages = partOf(measurements, 'peer').flatMap((one) => one.stages);
  return [...groupBy(stages, ({ name }) => name)].flatMap(([name, rounds]) => {
    const [first] = rounds;
    if (first === undefined) return [];
    const sliceSeconds = median(rounds.map(({ seconds }) => seconds));
    const { unit, timed, whole } = first;
    return [{ name, unit, timed, whole, sliceSeconds, seconds: (sliceSeconds * whole) / timed }];
  });
}

/** Measures of ours and the stages of the peer that do the same. */
export interface Comparison {
  readonly name: string;
  readonly measures: readonly string[];
  readonly stages: readonly string[];
  /** What our seconds are multiplied by, so that both do the same. */
  readonly factor: number;
}

/** One pass of ours against three and more of the peer's; the means of the rest of the prompts count as faithfulness. */
export const PASS: Comparison = {
  name: 'accuracy, means, maps, faithfulness',
  measures: ['accuracy', 'faithfulness'],
  stages: [
    'accuracy over the universe',
    'finding the right prompts',
    'mean activations',
    'maps of the universe, for K and for KV',
    'faithfulness',
  ],
  factor: 1,
};

export const COMPARISONS: readonly Comparison[] = [
  PASS,
  {
    name: `components, ${COMPONENT_SEEDS} sets of pairs`,
    measures: ['components'],
    stages: ['runs that are patched from and into', 'activation patching of heads and MLPs'],
    factor: COMPONENT_SEEDS,
  },
  {
    name: 'attribution; ours with exact effects',
    measures: ['attribution'],
    stages: ['neuron attribution'],
    factor: 1,
  },
  { name: 'probe', measures: ['probe'], stages: [], factor: 1 },
  {
    name: 'classification; ours with two presets and chance levels',
    measures: ['classification'],
    stages: [
      'ranking, K and KV',
      'results of prompts as lists, K and KV',
      'prompts of each heuristic, K and KV',
      'classification, K and KV',
    ],
    factor: 1,
  },
  { name: 'knock-outs', measures: ['knockouts'], stages: ['prompt knock-outs'], factor: 1 },
  { name: 'failure modes', measures: ['failures'], stages: [], factor: 1 },
];

/** Our seconds for a comparison; null where nothing was measured. */
export function ourSeconds(step: StepSummary | null, { measures, factor }: Comparison): number | null {
  if (step === null || !measures.some((name) => step.measures.has(name))) return null;
  return factor * measures.reduce((sum, name) => sum + (step.measures.get(name) ?? 0), 0);
}

/** Seconds of the peer for a comparison; null where it does nothing of the kind or was not measured. */
export function peerSeconds(stages: readonly StageSummary[], { stages: names }: Comparison): number | null {
  const own = stages.filter(({ name }) => names.includes(name));
  if (names.length === 0 || own.length < names.length) return null;
  return own.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Seconds of one checkpoint of the peer; null until every stage of every comparison was measured. */
export function peerTotal(stages: readonly StageSummary[]): number | null {
  const parts = COMPARISONS.filter(({ stages: names }) => names.length > 0).map((one) =>
    peerSeconds(stages, one),
  );
  return parts.reduce<number | null>((sum, own) => (sum === null || own === null ? null : sum + own), 0);
}
