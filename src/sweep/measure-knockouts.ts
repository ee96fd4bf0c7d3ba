import { wilsonInterval } from '../analysis/wilson.js';
import { heuristicKnockouts, planHeuristicKnockouts } from '../heuristics/knockout-by-heuristic.js';
import { planPromptKnockouts, promptKnockouts } from '../heuristics/knockout-by-prompt.js';
import type { MatchedNeuron } from '../heuristics/prompt-neurons.js';
import type { Model } from '../model/model.js';
import { knockOut } from '../patching/knockout.js';
import type { FactOf } from '../store/schema/tables.js';
import type { OperatorMaps } from './measure-classification.js';
import type { ModelPass } from './model-pass.js';
import type { RunContext } from './run-context.js';

export interface KnockoutInput {
  readonly context: RunContext;
  readonly model: Model;
  readonly pass: ModelPass;
  /** [operator] the neurons that were classified */
  readonly maps: readonly OperatorMaps[];
  /** [operator] those that implement a heuristic of the first preset */
  readonly matched: readonly (readonly MatchedNeuron[])[];
  readonly onBatch: () => Promise<void>;
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
  const { context, model, pass, maps, matched, onBatch } = input;
  const { tokens } = context.tokenizer;
  const { config } = context.request;
  const { minPrompts, seed, batch, knockoutPositions: positions } = config;
  const limits = config.knockoutLimits.map(Number);
  const rows = { heuristic_knockouts: [] as HeuristicRow[], prompt_knockouts: [] as PromptRow[] };
  for (const [i, { universe }] of context.universes.operators.entries()) {
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
    const outcomes = await knockOut(model, tokens, universe, [...byHeuristic, ...byPrompt], {
      positions,
      batch,
      onBatch,
    });
    const found = heuristicKnockouts(byHeuristic, outcomes.slice(0, byHeuristic.length));
    for (const { heuristic, neurons, associated, other, reason } of found)
      rows.heuristic_knockouts.push({
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
      });
    for (const one of promptKnockouts(limits, byPrompt, outcomes.slice(byHeuristic.length)))
      rows.prompt_knockouts.push({
        operator,
        neurons_per_layer: one.limit,
        kind: one.kind,
        n: one.n,
        correct: one.correct,
        ...shareOf(one.correct, one.n),
        mean_neurons: one.meanNeurons,
        null_reason: one.reason,
      });
  }
  return rows;
}

function shareOf(correct: number | null, n: number): Pick<PromptRow, 'accuracy' | 'ci_low' | 'ci_high'> {
  if (correct === null) return { accuracy: null, ci_low: null, ci_high: null };
  const { low, high } = wilsonInterval(correct, n);
  return { accuracy: correct / n, ci_low: low, ci_high: high };
}
