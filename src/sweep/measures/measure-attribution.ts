import { pearson, spearman, topOverlap } from '../../analysis/correlation.js';
import type { SweepConfig } from '../../config/sweep-fields.js';
import { bareId, neuronIndex, type LayerIndex, type NeuronId } from '../../domain/ids.js';
import type { Operator } from '../../domain/operator.js';
import type { PromptPair } from '../../domain/prompt.js';
import {
  neuronStatistics,
  scoreNeurons,
  topNeurons,
  type NeuronStatistics,
} from '../../patching/rank-neurons.js';
import type { FactOf } from '../../store/schema/tables.js';
import { pairsOf, type EffectInput, type FewReason } from './measure-components.js';
import { layersFrom } from './model-pass.js';
import { recordedNeurons } from './neuron-maps.js';
import type { TaskInput } from '../tasks/model-tasks.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** What patching says of one neuron; null where there were too few pairs. */
export interface NeuronEffect extends NeuronId {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly score: number | null;
  /** Place in its layer by score, from 0. */
  readonly rank: number | null;
  /** Whether it is one of the top neurons of its layer. */
  readonly top: boolean;
  /** null where the exact effect was not taken. */
  readonly exact: { readonly mean: number; readonly sd: number; readonly score: number } | null;
}

/** The effects of all neurons of the heuristic layers for one operator, layer after layer. */
export interface OperatorAttribution {
  readonly operator: Operator;
  readonly neurons: readonly NeuronEffect[];
}

/** Number of top neurons of a layer: a share of its neurons below 1, else a number (method section 4). */
export function countOf(shareOrNumber: number, dMlp: number): number {
  const count = shareOrNumber < 1 ? Math.round(shareOrNumber * dMlp) : Math.floor(shareOrNumber);
  return Math.max(1, Math.min(dMlp, count));
}

/**
 * Attribution of every neuron of the heuristic layers, and the exact effect of the best (method section 4). Cost:
 * forward and backward of one token a pair; then neurons x pairs x one token from the neuron's block upwards.
 */
export async function measureAttribution(input: EffectInput): Promise<OperatorAttribution[]> {
  return Promise.all(
    pairsOf(input.context, input.sets).map(async ({ operator, pairs }) => ({
      operator,
      neurons: await attributeOperator(input, pairs),
    })),
  );
}

async function attributeOperator(
  { context, model }: EffectInput,
  pairs: readonly PromptPair[],
): Promise<NeuronEffect[]> {
  const { tokens } = context.tokenizer;
  const { batch, minPrompts, neuronScore, topNeurons } = context.request.config;
  if (pairs.length < Math.max(2, minPrompts))
    return recordedNeurons(context).map((id) => ({ ...id, ...UNMEASURED }));
  const layers = layersFrom(context.firstLayer, context.model.nLayers);
  const top = countOf(topNeurons, context.model.dMlp);
  const found = await model.run('attribution', { tokens, pairs, layers, batch });
  const scored = found.flatMap(({ layer, effects }) => {
    const statistics = neuronStatistics({ effects, pairs: pairs.length, rows: 'pair' });
    return rankLayer(layer, statistics, neuronScore, top);
  });
  const best = bestOf(scored, context.exactNeurons);
  const exact = neuronStatistics({
    effects: await exactEffects(model, { tokens, pairs, batch: 2 * batch }, best),
    pairs: pairs.length,
    rows: 'neuron',
  });
  const exactScores = exact && scoreNeurons(exact, neuronScore);
  const exactOf = new Map(
    best.map((neuron, row) => [
      neuron,
      { mean: exact?.mean[row] ?? NaN, sd: exact?.sd?.[row] ?? NaN, score: exactScores?.[row] ?? NaN },
    ]),
  );
  return scored.map((neuron) => {
    const own = exactOf.get(neuron);
    return { ...neuron, exact: own !== undefined && Number.isFinite(own.score) ? own : null };
  });
}

/** Neurons whose exact effects are taken together: the clean runs that they share are few beside their own. */
export const EXACT_TOGETHER = 512;

/** @returns [neurons x pairs] */
async function exactEffects(
  model: PooledModel,
  shared: Omit<TaskInput<'exact'>, 'neurons'>,
  neurons: readonly NeuronId[],
): Promise<Float32Array> {
  const parts = Array.from({ length: Math.ceil(neurons.length / EXACT_TOGETHER) }, (_, i) =>
    neurons.slice(i * EXACT_TOGETHER, (i + 1) * EXACT_TOGETHER).map(bareId),
  );
  const found = await Promise.all(parts.map((part) => model.run('exact', { ...shared, neurons: part })));
  const effects = new Float32Array(neurons.length * shared.pairs.length);
  let at = 0;
  for (const part of found) {
    effects.set(part, at);
    at += part.length;
  }
  return effects;
}

const UNMEASURED = { mean: null, sd: null, score: null, rank: null, top: false, exact: null };

/** All neurons of a layer in their own order; those whose effect is not finite have none and come last. */
function rankLayer(
  layer: LayerIndex,
  statistics: NeuronStatistics | null,
  rule: SweepConfig['neuronScore'],
  top: number,
): NeuronEffect[] {
  const scores = statistics && scoreNeurons(statistics, rule);
  if (statistics === null || scores === null) return [];
  const order = topNeurons(
    scores.map((score) => (Number.isFinite(score) ? score : -Infinity)),
    scores.length,
  );
  const rankOf = new Map(order.map((neuron, rank) => [neuron, rank]));
  return Array.from(scores, (score, n) => {
    const neuron = neuronIndex(n);
    const rank = rankOf.get(neuron) ?? 0;
    const place = { layer, neuron, rank, top: rank < top, exact: null };
    return Number.isFinite(score)
      ? { ...place, mean: statistics.mean[n] ?? null, sd: statistics.sd?.[n] ?? null, score }
      : { ...place, mean: null, sd: null, score: null };
  });
}

/** The neurons with the best scores, of all layers together, in their own order. */
function bestOf(neurons: readonly NeuronEffect[], most: number): NeuronEffect[] {
  const order = [...neurons].sort((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity));
  const best = new Set(order.slice(0, most));
  return neurons.filter((neuron) => best.has(neuron));
}

/**
 * Rows of the measure `attribution`: neurons that are classified or whose exact effect was taken, and how far the two
 * effects agree in each layer and in all.
 */
export function attributionFacts(
  operators: readonly OperatorAttribution[],
  { all, top, few }: { readonly all: boolean; readonly top: number; readonly few: FewReason },
): { neuron_effects: FactOf<'neuron_effects'>[]; effect_agreement: FactOf<'effect_agreement'>[] } {
  return {
    neuron_effects: operators.flatMap(({ operator, neurons }) =>
      neurons
        .filter((neuron) => all || neuron.top || neuron.exact !== null)
        .map((neuron) => ({
          operator,
          layer: neuron.layer,
          neuron: neuron.neuron,
          attribution_mean: neuron.mean,
          attribution_sd: neuron.sd,
          score: neuron.score,
          rank: neuron.rank,
          top: neuron.rank === null ? null : neuron.top,
          exact_mean: neuron.exact?.mean ?? null,
          exact_sd: neuron.exact?.sd ?? null,
          null_reason: neuron.mean !== null ? null : neuron.rank === null ? few : 'not_finite',
        })),
    ),
    effect_agreement: operators.flatMap(({ operator, neurons }) => {
      const layers = [...new Set(neurons.map(({ layer }) => layer))];
      return [...layers, null].map((layer) => {
        const own = neurons.filter((neuron) => layer === null || neuron.layer === layer);
        const k = layer === null ? top * layers.length : top;
        return { operator, layer, ...agreementOf(own, k, few) };
      });
    }),
  };
}

function agreementOf(
  neurons: readonly NeuronEffect[],
  k: number,
  few: FewReason,
): Omit<FactOf<'effect_agreement'>, 'operator' | 'layer'> {
  const both = neurons.flatMap(({ mean, score, exact }) =>
    mean === null || score === null || exact === null ? [] : [{ mean, score, exact }],
  );
  const attributed = both.map(({ mean }) => mean);
  const exact = both.map(({ exact: { mean } }) => mean);
  const r = pearson(attributed, exact);
  const rho = spearman(attributed, exact);
  if (r === null || rho === null) {
    const unmeasured = { pearson: null, spearman: null, top_k: null, top_overlap: null };
    const reason = neurons.some(({ rank }) => rank === null)
      ? few
      : both.length < 2
        ? 'not_tried'
        : 'constant';
    return { n: both.length, ...unmeasured, null_reason: reason };
  }
  const size = Math.min(k, both.length);
  return {
    n: both.length,
    pearson: r,
    spearman: rho,
    top_k: size,
    top_overlap: topOverlap(
      both.map(({ score }) => score),
      both.map((own) => own.exact.score),
      size,
    ),
    null_reason: null,
  };
}
