import type { NeuronId } from '../domain/ids.js';
import { FAMILIES, TARGETS } from '../domain/heuristic.js';
import type { Operator } from '../domain/operator.js';
import { addCounts, emptyCounts, type MatchCounts } from '../heuristics/counts.js';
import { NULLS } from '../heuristics/maps.js';
import type { Plan } from '../heuristics/plan.js';
import type { MatchedNeuron } from '../heuristics/prompt-neurons.js';
import type { FactOf, RowOf } from '../store/schema/tables.js';
import type { ClassifyResult } from './tasks/classify-task.js';
import type { PooledModel } from './tasks/task-pool.js';

/** One operator's maps at one checkpoint. */
export interface OperatorMaps {
  readonly operator: Operator;
  /** Plans of this operator, one a preset. */
  readonly plans: readonly Plan[];
  /** Whose maps they are, row by row. */
  readonly neurons: readonly NeuronId[];
  /** [neurons, prompts] */
  readonly activations: Float32Array<SharedArrayBuffer>;
  /** [neurons, maxAnswer + 1] */
  readonly directLogits: Float32Array<SharedArrayBuffer>;
  /** Set where nothing is classified, since it is not known which neurons are the top ones. */
  readonly unclassified: Unclassified | null;
}

/** Neurons of an operator that are not classified, and why. */
export interface Unclassified {
  readonly neurons: readonly NeuronId[];
  readonly reason: 'too_few_correct' | 'too_few_prompts';
}

/** Rows of one preset. */
export interface ClassificationRows {
  readonly neurons: FactOf<'neurons'>[];
  readonly neuron_heuristics: FactOf<'neuron_heuristics'>[];
  readonly classification_chance: FactOf<'classification_chance'>[];
  /** Heuristics that the rows name; those with a place in the plan and the multi-result ones found. */
  readonly heuristics: Omit<RowOf<'heuristics'>, 'configuration_id'>[];
  /** [operator] neurons that implement a heuristic */
  readonly matched: MatchedNeuron[][];
}

export interface ClassificationOptions {
  readonly seed: number;
  readonly threshold: number | null;
  /** Whether the model's MLPs are gated, so that the bottom of the K map is tried too. */
  readonly gated: boolean;
  /** Number of presets: every operator has a plan for each, unless its universe is empty. */
  readonly presets: number;
}

/** Neurons sent to a worker at once: enough to hide the cost of sending, few enough to keep all of them busy. */
const NEURONS_PER_TASK = 64;

/**
 * Classifies the given neurons on every operator's universe, with both chance levels
 * (method section 7). Cost: none beyond the universe pass; the work is set arithmetic in the pool of `model`.
 * @returns rows of each preset, in the order of the plans
 */
export async function classifyCheckpoint(
  maps: readonly OperatorMaps[],
  model: PooledModel,
  options: ClassificationOptions,
): Promise<ClassificationRows[]> {
  const rows = Array.from({ length: options.presets }, emptyRows);
  const results = await Promise.all(maps.map((map) => classifyOperator(map, model, options)));
  maps.forEach((map, i) => {
    rows.forEach((into, preset) => {
      const plan = map.plans[preset];
      const matched = plan === undefined ? [] : addOperator(into, map, plan, results[i] ?? [], preset);
      into.matched.push(matched);
    });
  });
  return rows;
}

function emptyRows(): ClassificationRows {
  return { neurons: [], neuron_heuristics: [], classification_chance: [], heuristics: [], matched: [] };
}

async function classifyOperator(
  { plans, activations, directLogits }: OperatorMaps,
  model: PooledModel,
  { seed, threshold, gated }: ClassificationOptions,
): Promise<ClassifyResult[]> {
  const universe = plans[0]?.universe;
  if (universe === undefined || universe.count === 0) return [];
  const width = universe.maxAnswer + 1;
  const neurons = activations.length / universe.count;
  const starts = Array.from(
    { length: Math.ceil(neurons / NEURONS_PER_TASK) },
    (_, i) => i * NEURONS_PER_TASK,
  );
  return Promise.all(
    starts.map((start) => {
      const end = Math.min(neurons, start + NEURONS_PER_TASK);
      const task = {
        plans,
        activations: activations.subarray(start * universe.count, end * universe.count),
        directLogits: directLogits.subarray(start * width, end * width),
        seed,
        firstNeuron: start,
        threshold,
        gated,
      };
      return model.classify(task);
    }),
  );
}

function addOperator(
  rows: ClassificationRows,
  { operator, neurons, unclassified }: OperatorMaps,
  plan: Plan,
  results: readonly ClassifyResult[],
  preset: number,
): MatchedNeuron[] {
  const matched: MatchedNeuron[] = [];
  const known = new Map(plan.heuristics.map((h) => [h.key, h]));
  let index = 0;
  for (const result of results)
    for (const found of result.neurons[preset] ?? []) {
      const id = neurons[index++];
      if (id === undefined) throw new Error(`map ${index - 1} of ${operator} is of no neuron`);
      const place = { operator, ...id };
      if (found.matches.length > 0) matched.push({ ...id, matches: found.matches });
      const live = found.state === 'live';
      rows.neurons.push({
        ...place,
        state: found.state,
        scale: Number.isFinite(found.scale) ? found.scale : null,
        sd: Number.isFinite(found.sd) ? found.sd : null,
        n_heuristics: live ? found.matches.length : null,
        best_score: found.best?.score ?? null,
        best_heuristic: found.best?.heuristic.key ?? null,
        null_reason: found.state === 'live' ? null : found.state,
      });
      for (const { heuristic, score, sign, map } of found.matches) {
        known.set(heuristic.key, heuristic);
        const { key, target, family } = heuristic;
        rows.neuron_heuristics.push({ ...place, heuristic: key, target, family, score, sign, map });
      }
      if (found.best !== null) known.set(found.best.heuristic.key, found.best.heuristic);
    }
  for (const id of unclassified?.neurons ?? [])
    rows.neurons.push({
      operator,
      ...id,
      ...{ state: null, scale: null, sd: null, n_heuristics: null, best_score: null, best_heuristic: null },
      null_reason: unclassified?.reason ?? null,
    });
  for (const { key, target, family, associated, baseRate, k } of known.values())
    rows.heuristics.push({ operator, heuristic: key, target, family, associated, base_rate: baseRate, k });
  for (const name of NULLS) {
    const counts = results.reduce(
      (sum, result) => addCounts(sum, result.chance[preset]?.nulls[name] ?? emptyCounts()),
      emptyCounts(),
    );
    rows.classification_chance.push(...chanceRows(operator, name, counts, unclassified?.reason ?? null));
  }
  return matched;
}

/** Every target and family, `any` among both; zero is a count here, not a gap. */
function chanceRows(
  operator: Operator,
  nullModel: (typeof NULLS)[number],
  counts: MatchCounts,
  reason: Unclassified['reason'] | null,
): FactOf<'classification_chance'>[] {
  const row = (
    target: FactOf<'classification_chance'>['target'],
    family: FactOf<'classification_chance'>['family'],
    neurons: number,
  ): FactOf<'classification_chance'> => ({
    operator,
    null_model: nullModel,
    target,
    family,
    neurons: reason === null ? neurons : null,
    live_neurons: reason === null ? counts.live : null,
    null_reason: reason,
  });
  return [
    row('any', 'any', counts.any),
    ...FAMILIES.map((family) => row('any', family, counts.byFamily[family])),
    ...TARGETS.map((target) => row(target, 'any', counts.byAnyFamily[target])),
    ...TARGETS.flatMap((target) =>
      FAMILIES.map((family) => row(target, family, counts.byTarget[target][family])),
    ),
  ];
}
