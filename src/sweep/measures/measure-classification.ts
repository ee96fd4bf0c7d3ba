import pLimit from 'p-limit';
import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import type { Operator } from '../../domain/operator.js';
import { addCounts, emptyCounts, type MatchCounts } from '../../heuristics/counts.js';
import { NULLS } from '../../heuristics/maps.js';
import type { Plan } from '../../heuristics/plan.js';
import type { MatchedNeuron } from '../../heuristics/prompt-neurons.js';
import type { FactOf, RowOf } from '../../store/schema/tables.js';
import type { OperatorMaps, Unclassified } from './neuron-maps.js';
import type { ClassifyResult } from '../tasks/classify-task.js';
import type { PooledModel } from '../tasks/task-pool.js';

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

/** Activations of classified neurons on a few prompts. */
export interface CaseActivations {
  /** Indices into the operator's universe. */
  readonly prompts: readonly number[];
  /** [neurons, prompts] */
  readonly activations: Float32Array;
}

/** What classification gives of one checkpoint. */
export interface ClassifiedCheckpoint {
  /** [preset] */
  readonly presets: readonly ClassificationRows[];
  /** [operator] */
  readonly cases: readonly CaseActivations[];
}

export interface ClassificationOptions {
  readonly seed: number;
  readonly threshold: number | null;
  /** Whether the model's MLPs are gated, so that the bottom of the K map is tried too. */
  readonly gated: boolean;
  /** Number of presets: every operator has a plan for each, unless its universe is empty. */
  readonly presets: number;
  /** [operator] prompts whose activations are to be kept, as indices into the universe */
  readonly cases: readonly (readonly number[])[];
}

/** Neurons sent to a worker at once: enough to hide the cost of sending, few enough to keep all of them busy. */
const NEURONS_PER_TASK = 64;

/**
 * Classifies the given neurons on every operator's universe, with both chance levels
 * (method section 7). Cost: none beyond the universe pass; the work is set arithmetic in the pool of `model`.
 * @returns rows of each preset in the order of the plans, and the activations asked for
 */
export async function classifyCheckpoint(
  maps: readonly OperatorMaps[],
  model: PooledModel,
  options: ClassificationOptions,
): Promise<ClassifiedCheckpoint> {
  // Maps that are recorded in turns are read one after the other: together they would not fit.
  const inTurns = maps.some(({ together, neurons }) => together < neurons.length);
  const limit = pLimit(inTurns ? 1 : Infinity);
  const found = await Promise.all(
    maps.map((map, i) => limit(() => classifyOperator(map, model, options, options.cases[i] ?? []))),
  );
  const rows = Array.from({ length: options.presets }, emptyRows);
  maps.forEach((map, i) => {
    rows.forEach((into, preset) => {
      const plan = map.plans[preset];
      into.matched.push(
        plan === undefined ? [] : addOperator(into, map, plan, found[i]?.results ?? [], preset),
      );
    });
  });
  return { presets: rows, cases: found.map(({ cases }) => cases) };
}

function emptyRows(): ClassificationRows {
  return { neurons: [], neuron_heuristics: [], classification_chance: [], heuristics: [], matched: [] };
}

/** Classifies an operator's neurons, as many at a time as their maps fit in memory. */
async function classifyOperator(
  { plans, neurons, directLogits, together, read }: OperatorMaps,
  model: PooledModel,
  { seed, threshold, gated }: ClassificationOptions,
  prompts: readonly number[],
): Promise<{ results: ClassifyResult[]; cases: CaseActivations }> {
  const cases = { prompts, activations: new Float32Array(neurons.length * prompts.length) };
  const universe = plans[0]?.universe;
  if (universe === undefined || universe.count === 0) return { results: [], cases };
  const { count, maxAnswer } = universe;
  const width = maxAnswer + 1;
  const results: ClassifyResult[] = [];
  for (let first = 0; first < neurons.length; first += together) {
    const last = Math.min(neurons.length, first + together);
    const activations = await read(first, last);
    for (let row = 0; row < last - first; row++)
      prompts.forEach((prompt, i) => {
        cases.activations[(first + row) * prompts.length + i] = activations[row * count + prompt] ?? NaN;
      });
    const starts = Array.from(
      { length: Math.ceil((last - first) / NEURONS_PER_TASK) },
      (_, i) => first + i * NEURONS_PER_TASK,
    );
    const found = starts.map((start) => {
      const end = Math.min(last, start + NEURONS_PER_TASK);
      return model.classify({
        plans,
        activations: activations.subarray((start - first) * count, (end - first) * count),
        directLogits: directLogits.subarray(start * width, end * width),
        seed,
        firstNeuron: start,
        threshold,
        gated,
      });
    });
    results.push(...(await Promise.all(found)));
  }
  return { results, cases };
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
