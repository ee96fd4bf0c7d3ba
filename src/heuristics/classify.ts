import type { HeuristicMatch } from '../domain/heuristic.js';
import { countMatches, emptyCounts, type MatchCounts } from './counts.js';
import { NULLS, openMaps, type NeuronMatrix, type NeuronState, type NullName } from './maps.js';
import type { Plan } from './plan.js';
import { openScorer, type Scores } from './score.js';

/** A matrix of neurons and how to classify it. */
export interface ClassifyParams extends NeuronMatrix {
  /** Gated MLPs have negative activations: try the bottom of the K map too. Default false. */
  readonly gated?: boolean;
  /** Default: each preset's own. */
  readonly threshold?: number;
  /** Whether to report each neuron's best heuristic even below the threshold. Default true. */
  readonly keepBest?: boolean;
}

/** One neuron under one plan. */
export interface NeuronClassification {
  readonly state: NeuronState;
  /** Largest absolute activation over the prompts; NaN where the state is `not_finite`. */
  readonly scale: number;
  /** Population standard deviation of the activations over the prompts; NaN where the state is `not_finite`. */
  readonly sd: number;
  /** Heuristics that the neuron implements, best score first; none unless it is `live`. */
  readonly matches: readonly HeuristicMatch[];
  /** The heuristic with the best score, of equal ones the one with the largest k; null unless the neuron is `live`. */
  readonly best: HeuristicMatch | null;
}

/** Counts of matching neurons, as observed and under each null. */
export interface ChanceLevels {
  readonly observed: MatchCounts;
  readonly nulls: Readonly<Record<NullName, MatchCounts>>;
}

function matchOf(scores: Scores, plan: Plan, slot: number): HeuristicMatch | null {
  const heuristic = plan.heuristics[slot];
  if (heuristic === undefined) return null;
  return {
    heuristic,
    score: scores.score[slot] ?? 0,
    map: heuristic.target === 'result' ? 'KV' : 'K',
    sign: scores.sign[slot] === -1 ? -1 : 1,
  };
}

function byScoreThenK(a: HeuristicMatch, b: HeuristicMatch): number {
  return b.score - a.score || b.heuristic.k - a.heuristic.k;
}

function matchesOf(scores: Scores, plan: Plan, threshold: number): HeuristicMatch[] {
  const matches: HeuristicMatch[] = [];
  for (let slot = 0; slot < plan.heuristics.length; slot++) {
    const match = (scores.score[slot] ?? 0) >= threshold ? matchOf(scores, plan, slot) : null;
    if (match !== null) matches.push(match);
  }
  if (scores.multi !== null && scores.multi.score >= threshold)
    matches.push({ ...scores.multi, map: 'KV', sign: 1 });
  return matches.sort(byScoreThenK);
}

function bestOf(scores: Scores, plan: Plan): HeuristicMatch | null {
  let best = 0;
  for (let slot = 1; slot < plan.heuristics.length; slot++) {
    const lead = (scores.score[slot] ?? 0) - (scores.score[best] ?? 0);
    if (lead > 0 || (lead === 0 && (plan.heuristics[slot]?.k ?? 0) > (plan.heuristics[best]?.k ?? 0)))
      best = slot;
  }
  const match = matchOf(scores, plan, best);
  if (scores.multi === null) return match;
  const multi: HeuristicMatch = { ...scores.multi, map: 'KV', sign: 1 };
  return match === null || byScoreThenK(match, multi) > 0 ? multi : match;
}

function run(
  params: ClassifyParams,
  withNulls: boolean,
): { neurons: NeuronClassification[][]; chance: ChanceLevels[] } {
  const { plans, gated = false, keepBest = true } = params;
  const maps = openMaps(params, withNulls, gated);
  const scorers = plans.map(openScorer);
  const neurons = plans.map((): NeuronClassification[] => []);
  const chance = plans.map(() => ({
    observed: emptyCounts(),
    nulls: { activations_permuted: emptyCounts(), labels_permuted: emptyCounts() },
  }));
  for (let neuron = 0; neuron < maps.neurons; neuron++) {
    const { state, scale, sd } = maps.load(neuron);
    if (state !== 'live') {
      for (const results of neurons) results.push({ state, scale, sd, matches: [], best: null });
      continue;
    }
    const observed = maps.observed();
    scorers.forEach((scorer, i) => {
      const { plan } = scorer;
      const threshold = params.threshold ?? plan.preset.threshold;
      const scores = scorer.score(observed.k, observed.kv, gated);
      const matches = matchesOf(scores, plan, threshold);
      neurons[i]?.push({ state, scale, sd, matches, best: keepBest ? bestOf(scores, plan) : null });
      if (withNulls) countMatches(scores, plan, threshold, chance[i]?.observed);
    });
    if (!withNulls) continue;
    for (const name of NULLS) {
      const { k, kv } = maps.permuted(name);
      scorers.forEach((scorer, i) => {
        const threshold = params.threshold ?? scorer.plan.preset.threshold;
        countMatches(scorer.score(k, kv, gated), scorer.plan, threshold, chance[i]?.nulls[name]);
      });
    }
  }
  return { neurons, chance };
}

/**
 * Finds the heuristics that each neuron implements (method section 7): heuristics on operands on its K map
 * (activations), heuristics on the result on its KV map (activation x direct logit of the prompt's answer).
 * Equal values of a map are ordered by a seeded permutation of the prompts, another rotation of it for each neuron.
 * Inputs are not changed and may lie in shared memory.
 * @returns [plan][neuron], plain data
 * @throws RangeError when the arrays do not fit the universe or the plans are not of one universe
 */
export function classifyNeurons(params: ClassifyParams): NeuronClassification[][] {
  return run(params, false).neurons;
}

/**
 * {@link classifyNeurons}, and how many neurons match under two seeded nulls (method section 7, chance level):
 * `activations_permuted` shuffles each neuron's activations over the prompts, keeps its direct logits and builds both
 * maps anew, so that what matches is due to the direct logits alone; `labels_permuted` shuffles the prompts' operands and
 * results against both maps.
 * @returns classifications [plan][neuron] and counts [plan]; neurons that are not live are in no count
 * @throws RangeError as {@link classifyNeurons}
 */
export function classifyWithNulls(params: ClassifyParams): {
  readonly neurons: NeuronClassification[][];
  readonly chance: ChanceLevels[];
} {
  return run(params, true);
}
