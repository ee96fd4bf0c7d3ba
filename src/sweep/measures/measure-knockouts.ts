import { wilsonInterval } from '../../analysis/wilson.js';
import { heuristicKnockouts, planHeuristicKnockouts } from '../../heuristics/knockout-by-heuristic.js';
import { planPromptKnockouts, promptKnockouts } from '../../heuristics/knockout-by-prompt.js';
import { bareId } from '../../domain/ids.js';
import type { PromptUniverse } from '../../domain/prompt.js';
import type { MatchedNeuron } from '../../heuristics/prompt-neurons.js';
import type { FactOf } from '../../store/schema/tables.js';
import type { ModelPass } from './model-pass.js';
import type { OperatorMaps } from './neuron-maps.js';
import type { RunContext } from '../run-context.js';
import type { PooledModel } from '../tasks/task-pool.js';

export interface KnockoutInput {
  readonly context: RunContext;
  readonly model: PooledModel;
  readonly pass: ModelPass;
  /** [operator] the neurons that were classified */
  readonly maps: readonly OperatorMaps[];
  /** [operator] those that implement a heuristic of the first preset */
  readonly matched: readonly (readonly MatchedNeuron[])[];
}

type HeuristicRow = FactOf<'heuristic_knockouts'>;
type PromptRow = FactOf<'prompt_knockouts'>;

/**
 * Knocks neurons out, by heuristic and by prompt (method section 8), on prompts that this checkpoint completes correctly.
 * Cost: two runs (associated, other) of up to `knockoutPrompts` prompts a heuristic, two of `casePrompts` a limit; see
 * `knockOut` for what a run costs.
 */
export async function measureKnockouts(
  input: KnockoutInput,
): Promise<{ heuristic_knockouts: HeuristicRow[]; prompt_knockouts: PromptRow[] }> {
  const found = await Promise.all(
    input.context.universes.operators.map(({ universe }, i) => knockOutsOf(input, universe, i)),
  );
  return {
    heuristic_knockouts: found.flatMap(({ byHeuristic }) => byHeuristic),
    prompt_knockouts: found.flatMap(({ byPrompt }) => byPrompt),
  };
}

async function knockOutsOf(
  { context, model, pass, maps, matched }: KnockoutInput,
  universe: PromptUniverse,
  i: number,
): Promise<{ byHeuristic: HeuristicRow[]; byPrompt: PromptRow[] }> {
  const { tokens } = context.tokenizer;
  const { config } = context.request;
  const { minPrompts, seed, batch, knockoutPositions: positions } = config;
  const limits = config.knockoutLimits.map(Number);
  const { operator } = universe;
  const correct = pass.operators[i]?.correct ?? new Uint8Array(universe.count);
  const shared = { universe, correct, neurons: matched[i] ?? [], minPrompts, seed };
  const byHeuristic = planHeuristicKnockouts({
    ...shared,
    leastNeurons: config.knockoutLeastNeurons,
    prompts: config.knockoutPrompts,
  });
  const byPrompt = planPromptKnockouts({
    ...shared,
    topNeurons: maps[i]?.neurons ?? [],
    prompts: config.casePrompts,
    limits,
    rank: config.knockoutRank,
  });
  const runs = [...byHeuristic, ...byPrompt].map(({ prompts, neurons }) => ({
    prompts,
    neurons: neurons.map(bareId),
  }));
  const outcomes = await model.run('knockouts', { tokens, prompts: universe, runs, positions, batch });
  const heuristics = heuristicKnockouts(byHeuristic, outcomes.slice(0, byHeuristic.length));
  const prompts = promptKnockouts(limits, byPrompt, outcomes.slice(byHeuristic.length));
  return {
    byHeuristic: heuristics.map(({ heuristic, neurons, associated, other, reason }) => ({
      operator,
      heuristic: heuristic.key,
      target: heuristic.target,
      family: heuristic.family,
      neurons,
      associated_n: associated?.n ?? 0,
      associated_accuracy: associated === null ? null : associated.after / associated.n,
      other_n: other?.n ?? 0,
      other_accuracy: other === null ? null : other.after / other.n,
      null_reason: reason,
    })),
    byPrompt: prompts.map((one) => ({
      operator,
      neurons_per_layer: one.limit,
      kind: one.kind,
      n: one.n,
      correct: one.correct,
      ...shareOf(one.correct, one.n),
      mean_neurons: one.meanNeurons,
      null_reason: one.reason,
    })),
  };
}

function shareOf(correct: number | null, n: number): Pick<PromptRow, 'accuracy' | 'ci_low' | 'ci_high'> {
  if (correct === null) return { accuracy: null, ci_low: null, ci_high: null };
  const { low, high } = wilsonInterval(correct, n);
  return { accuracy: correct / n, ci_low: low, ci_high: high };
}
