import type { ModelShape } from '../../config/model-size.js';
import type { SweepConfig } from '../../config/sweep-fields.js';
import type { Measure } from '../../domain/measure.js';
import { isOperator, type Operator } from '../../domain/operator.js';
import { DEFAULT_PROBE } from '../../patching/probe.js';
import { buildUniverse } from '../../prompts/universe.js';
import { countOf, EXACT_TOGETHER } from '../measures/measure-attribution.js';
import { PARTS } from '../measures/model-pass.js';
import { widthsOf, type Widths } from './run-flops.js';
import {
  attributionFlops,
  circuitFlops,
  componentFlops,
  directLogitFlops,
  exactFlops,
  knockOutFlops,
  passFlops,
  probeFlops,
} from './task-flops.js';

/** What a step computes with. */
export interface StepSize {
  readonly shape: ModelShape;
  readonly config: SweepConfig;
  readonly measures: ReadonlySet<Measure>;
  readonly maxOperand: number;
  /** Largest number that is a single token. */
  readonly maxAnswer: number;
  readonly firstLayer: number;
  /** Neurons of all heuristic layers together whose exact effect is taken. */
  readonly exactNeurons: number;
}

type Flops = readonly [measure: Measure, flops: number];

/** Heuristics of an operator with enough neurons to be knocked out: a guess, as the model decides. */
const KNOCKED_OUT = 40;

/**
 * Operations of the matrix products of one step, by measure. Analysis sets are taken to be full. Classification, failure
 * modes and kept maps have none but the direct logits: the rest of them needs no engine.
 */
export function stepFlops(size: StepSize): ReadonlyMap<Measure, number> {
  const w = widthsOf(size.shape);
  const logits = directLogitFlops(w, w.nLayers - size.firstLayer, size.maxAnswer + 1);
  const parts: readonly Flops[] = [
    ...size.config.operators.filter(isOperator).flatMap((operator) => operatorFlops(w, size, operator)),
    ['classification', logits],
  ];
  const total = new Map<Measure, number>();
  for (const [measure, flops] of parts)
    if (size.measures.has(measure)) total.set(measure, (total.get(measure) ?? 0) + flops);
  return total;
}

function operatorFlops(w: Widths, size: StepSize, operator: Operator): Flops[] {
  const { config, maxOperand, firstLayer } = size;
  const universe = buildUniverse(operator, maxOperand, size.maxAnswer);
  const { count } = universe;
  const sums = size.measures.has('faithfulness');
  const pairs = config.analysisPrompts;
  const probed = Math.min(config.probePrompts, count);
  return [
    ['accuracy', passFlops(w, { prompts: count, prefixes: prefixesOf(size), sums, logits: true })],
    ['faithfulness', complementFlops(w, size, operator, count)],
    ['components', componentFlops(w, pairs)],
    ['attribution', attributionFlops(w, pairs, firstLayer) + exactOf(w, size, pairs)],
    [
      'probe',
      probeFlops(w, {
        prompts: probed,
        prefixes: distinct(probed, maxOperand),
        train: DEFAULT_PROBE.trainShare * probed,
        classes: distinct(probed, new Set(universe.answer).size),
        epochs: config.probeEpochs,
      }),
    ],
    ['faithfulness', circuitFlops(w, circuitsOf(w, config), pairs)],
    ['knockouts', knockOutsOf(w, size, count)],
  ];
}

/** Prefixes that the parts of a universe compute: an operand at the border of two is computed in both. */
function prefixesOf({ maxOperand }: StepSize): number {
  return maxOperand + PARTS - 1;
}

/** Prompts outside the universe, which the means count too. */
function complementFlops(w: Widths, size: StepSize, operator: Operator, inside: number): number {
  const { maxOperand } = size;
  const pairs = operator === '/' ? maxOperand * (maxOperand - 1) : maxOperand ** 2;
  const prompts = Math.max(0, pairs - inside);
  if (prompts === 0) return 0;
  return passFlops(w, { prompts, prefixes: prefixesOf(size), sums: true, logits: false });
}

/** Exact effects, of neurons spread evenly over the heuristic layers. */
function exactOf(w: Widths, { exactNeurons, firstLayer }: StepSize, pairs: number): number {
  const each = exactNeurons / (w.nLayers - firstLayer);
  const neurons = Array.from({ length: w.nLayers }, (_, layer) => (layer < firstLayer ? 0 : each));
  return exactFlops(w, pairs, neurons, Math.ceil(exactNeurons / EXACT_TOGETHER));
}

/** Circuits of an operator: those derived here and at the reference, the model and none. */
function circuitsOf({ nLayers, nHeads, m }: Widths, { circuitHeads, circuitNeurons }: SweepConfig): number {
  const heads = new Set(circuitHeads.map((count) => Math.min(Number(count), nLayers * nHeads)));
  const neurons = new Set(circuitNeurons.map((count) => countOf(Number(count), m)));
  return 2 + 2 * (heads.size + neurons.size + 2);
}

function knockOutsOf(w: Widths, { config, firstLayer }: StepSize, count: number): number {
  const byHeuristic = 2 * KNOCKED_OUT * config.knockoutPrompts;
  const byPrompt = 2 * config.knockoutLimits.length * config.casePrompts;
  return knockOutFlops(w, {
    pairs: byHeuristic + byPrompt,
    prompts: distinct(byHeuristic, count) + Math.min(config.casePrompts, count),
    first: firstLayer,
    positions: config.knockoutPositions === 'last' ? 'last' : 'all',
  });
}

/** How many different ones so many draws from equally likely ones are expected to show. */
function distinct(draws: number, of: number): number {
  return of * (1 - (1 - 1 / of) ** draws);
}
