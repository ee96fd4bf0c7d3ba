import type { Heuristic } from '../domain/heuristic.js';
import type { NeuronId } from '../domain/ids.js';
import type { PromptUniverse } from '../domain/prompt.js';
import { shuffledPrompts } from './draw-prompts.js';
import { associatedPrompts } from './predicate.js';
import { neuronsByHeuristic, type MatchedNeuron } from './prompt-neurons.js';

export interface HeuristicKnockoutParams {
  readonly universe: PromptUniverse;
  /** [universe.count] 1 where this checkpoint completes the prompt correctly */
  readonly correct: Uint8Array;
  /** Neurons classified on this universe. */
  readonly neurons: readonly MatchedNeuron[];
  /** Heuristics with fewer neurons are left out (paper: 10). */
  readonly leastNeurons: number;
  /** Correct prompts on each side, at most (paper: 100). */
  readonly prompts: number;
  /** A side with fewer is not tried. */
  readonly minPrompts: number;
  readonly seed: number;
}

/** One heuristic to knock out: a run of prompts without its neurons. */
export interface HeuristicTrial {
  readonly heuristic: Heuristic;
  /** Those that implement it. */
  readonly neurons: readonly NeuronId[];
  /** Indices into the universe: the associated prompts, then the others. */
  readonly prompts: readonly number[];
  /** How many of `prompts` are associated; 0 where too few are correct. */
  readonly associated: number;
}

/** Correct prompts before and after; all are correct before, as they were drawn so. */
export interface KnockoutSide {
  readonly n: number;
  readonly before: number;
  readonly after: number;
}

export interface HeuristicKnockout {
  readonly heuristic: Heuristic;
  /** Number of neurons knocked out. */
  readonly neurons: number;
  /** Prompts that the heuristic holds for; null where too few are correct. */
  readonly associated: KnockoutSide | null;
  /** Prompts that it does not hold for; null where too few are correct. */
  readonly other: KnockoutSide | null;
  /** Why a side is null. */
  readonly reason: 'too_few_correct' | null;
}

/**
 * Chooses heuristics to knock out, and correct prompts that they hold for and as many others (method section 8; paper,
 * Fig. 7). All heuristics draw from one seeded order of the prompts: each draw is uniform, and sharing prompts makes
 * heuristics comparable and spares work.
 * @returns those with most neurons first; with no prompts where both sides are too small
 */
export function planHeuristicKnockouts(params: HeuristicKnockoutParams): HeuristicTrial[] {
  const { universe, correct, minPrompts } = params;
  const order = shuffledPrompts(universe, correct, 1, params.seed, 'heuristic knock-outs');
  const draw = (pool: readonly number[], most: number): readonly number[] =>
    pool.length < minPrompts ? [] : pool.slice(0, most);
  return neuronsByHeuristic(params.neurons)
    .filter(({ neurons }) => neurons.length >= params.leastNeurons)
    .map(({ heuristic, neurons }) => {
      const holds = new Set(associatedPrompts(heuristic, universe));
      const associated = draw(
        order.filter((prompt) => holds.has(prompt)),
        params.prompts,
      );
      const other = draw(
        order.filter((prompt) => !holds.has(prompt)),
        associated.length === 0 ? params.prompts : associated.length,
      );
      return { heuristic, neurons, prompts: [...associated, ...other], associated: associated.length };
    });
}

/**
 * What the trials showed.
 * @param outcomes of each trial, [prompts] 1 where the prompt is still completed correctly
 * @throws RangeError when the outcomes are not those of the trials
 */
export function heuristicKnockouts(
  trials: readonly HeuristicTrial[],
  outcomes: readonly { readonly correct: Uint8Array }[],
): HeuristicKnockout[] {
  return trials.map(({ heuristic, neurons, prompts, associated }, i) => {
    const correct = outcomes[i]?.correct;
    if (correct?.length !== prompts.length) throw new RangeError(`no outcome of ${heuristic.key}`);
    const sides = {
      associated: sideOf(correct.subarray(0, associated)),
      other: sideOf(correct.subarray(associated)),
    };
    const reason = sides.associated === null || sides.other === null ? 'too_few_correct' : null;
    return { heuristic, neurons: neurons.length, ...sides, reason };
  });
}

function sideOf(correct: Uint8Array): KnockoutSide | null {
  const n = correct.length;
  return n === 0 ? null : { n, before: n, after: correct.reduce((sum, one) => sum + one, 0) };
}
