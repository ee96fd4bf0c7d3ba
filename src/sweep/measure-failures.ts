import { summarise } from '../analysis/summary.js';
import { failureModes } from '../heuristics/failure-modes.js';
import type { FactOf } from '../store/schema/tables.js';
import type { KnockoutInput } from './measure-knockouts.js';

/** Heuristic neurons of correct and incorrect prompts (method section 9). Cost: none beyond the universe pass. */
export function failureRows({
  context,
  pass,
  maps,
  matched,
}: Omit<KnockoutInput, 'model'>): FactOf<'failure_modes'>[] {
  const { casePrompts: prompts, minPrompts, seed } = context.request.config;
  return context.universes.operators.flatMap(({ universe }, i) => {
    const recorded = maps[i];
    if (recorded === undefined) return [];
    const groups = failureModes({
      universe,
      correct: pass.operators[i]?.correct ?? new Uint8Array(universe.count),
      neurons: matched[i] ?? [],
      recorded,
      prompts,
      minPrompts,
      seed,
    });
    return groups.map((group) => {
      const neurons = summarise(group.neurons);
      const sums = summarise(group.logitSums);
      return {
        operator: universe.operator,
        prompts: group.group,
        n: group.prompts.length,
        mean_neurons: neurons.mean,
        sd_neurons: neurons.sd,
        mean_logit_sum: sums.mean,
        sd_logit_sum: sums.sd,
        null_reason: group.reason,
      };
    });
  });
}
