import { summarise } from '../../analysis/summary.js';
import { failureModes, failurePrompts, type FailureDraw } from '../../heuristics/failure-modes.js';
import type { FactOf } from '../../store/schema/tables.js';
import type { CaseActivations } from './measure-classification.js';
import type { KnockoutInput } from './measure-knockouts.js';
import type { ModelPass } from './model-pass.js';
import type { RunContext } from '../run-context.js';

export interface FailuresInput extends Omit<KnockoutInput, 'model'> {
  /** [operator] activations on the prompts of `casesOf` */
  readonly cases: readonly CaseActivations[];
}

/** The prompts whose activations the failure modes of an operator need. */
export function casesOf(context: RunContext, pass: ModelPass, i: number): number[] {
  const draw = drawOf(context, pass, i);
  return draw === null || !context.measures.has('failures') ? [] : failurePrompts(draw);
}

function drawOf({ universes, request }: RunContext, pass: ModelPass, i: number): FailureDraw | null {
  const { casePrompts: prompts, minPrompts, seed } = request.config;
  const universe = universes.operators[i]?.universe;
  if (universe === undefined) return null;
  return {
    universe,
    correct: pass.operators[i]?.correct ?? new Uint8Array(universe.count),
    prompts,
    minPrompts,
    seed,
  };
}

/** Heuristic neurons of correct and incorrect prompts (method section 9). Cost: none beyond the universe pass. */
export function failureRows({
  context,
  pass,
  maps,
  matched,
  cases,
}: FailuresInput): FactOf<'failure_modes'>[] {
  return maps.flatMap(({ operator, neurons, directLogits }, i) => {
    const draw = drawOf(context, pass, i);
    const own = cases[i];
    if (draw === null || own === undefined) return [];
    const { activations, prompts: columns } = own;
    const recorded = { neurons, activations, directLogits };
    const groups = failureModes({ ...draw, neurons: matched[i] ?? [], recorded, columns });
    return groups.map((group) => {
      const neurons = summarise(group.neurons);
      const sums = summarise(group.logitSums);
      return {
        operator,
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
