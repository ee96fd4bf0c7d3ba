import type { SweepConfig } from '../../config/sweep-fields.js';
import { layerIndex } from '../../domain/ids.js';
import type { Operator } from '../../domain/operator.js';
import type { Prompt, PromptPair } from '../../domain/prompt.js';
import type { HeadId } from '../../patching/circuit.js';
import type { ComponentEffect } from '../../patching/component-effects.js';
import { drawPairs } from '../../prompts/pairs.js';
import type { FactOf } from '../../store/schema/tables.js';
import { promptsAt, type PromptSets } from '../prompt-sets.js';
import type { RunContext } from '../run-context.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** The effects of all components for one operator. */
export interface OperatorComponents {
  readonly operator: Operator;
  /** All values null where there were too few pairs. */
  readonly effects: readonly ComponentEffect[];
}

/** What measuring effects takes. */
export interface EffectInput {
  readonly context: RunContext;
  readonly model: PooledModel;
  readonly sets: PromptSets;
}

/** Pairs of each operator, drawn from the discovery sets; the same at every step unless the sets change. */
export function pairsOf(
  { request }: RunContext,
  sets: PromptSets,
): { operator: Operator; pairs: PromptPair[] }[] {
  const { counterfactuals, seed } = request.config;
  const prompts: Partial<Record<Operator, Prompt[]>> = {};
  for (const { universe, analysis } of sets.operators)
    prompts[universe.operator] = promptsAt(universe, analysis.discovery);
  return sets.operators.map(({ universe: { operator } }) => ({
    operator,
    pairs: drawPairs(prompts, operator, { counterfactuals, seed }),
  }));
}

/**
 * Patches every MLP and head at positions 1 to 4 (method section 3). Cost: two forward passes a pair, and for each
 * component the blocks above it at the positions from the patched one on.
 */
export async function measureComponents({
  context,
  model,
  sets,
}: EffectInput): Promise<OperatorComponents[]> {
  const { tokens } = context.tokenizer;
  const { batch, minPrompts } = context.request.config;
  return Promise.all(
    pairsOf(context, sets).map(async ({ operator, pairs: drawn }) => {
      const pairs = drawn.length < minPrompts ? [] : drawn;
      return { operator, effects: await model.run('components', { tokens, pairs, batch }) };
    }),
  );
}

/** Rows of the measure `components`; with too few pairs every component has its row all the same. */
export function componentRows(
  operators: readonly OperatorComponents[],
  few: FewReason,
): FactOf<'component_effects'>[] {
  return operators.flatMap(({ operator, effects }) =>
    effects.map((effect) => ({
      operator,
      kind: effect.kind,
      layer: effect.layer,
      head: effect.head,
      position: effect.position,
      n: effect.n,
      not_finite: effect.notFinite,
      mean_e: effect.meanE,
      median_e: effect.medianE,
      sd_e: effect.sdE,
      mean_logit: effect.meanLogit,
      median_logit: effect.medianLogit,
      sd_logit: effect.sdLogit,
      null_reason: effect.meanLogit !== null ? null : effect.n === 0 ? few : 'not_finite',
    })),
  );
}

/** Why there are too few prompts: too few right ones, where the set takes those only. */
export type FewReason = 'too_few_correct' | 'too_few_prompts';

export function fewReason({ promptSet }: SweepConfig): FewReason {
  return promptSet === 'all' ? 'too_few_prompts' : 'too_few_correct';
}

/** What heads are ranked by: the logit form, or the mean of E. */
interface HeadEffect {
  readonly layer: number;
  readonly head: number;
  readonly meanLogit: number | null;
  readonly meanE: number | null;
}

/** All heads, the one with the largest effect at any position first; heads without a value come last. */
export function rankHeads(effects: readonly HeadEffect[], rankBy: SweepConfig['rankBy']): HeadId[] {
  const best = new Map<string, { id: HeadId; effect: number }>();
  for (const { layer, head, meanLogit, meanE } of effects) {
    const effect = (rankBy === 'paper' ? meanE : meanLogit) ?? -Infinity;
    const key = `${layer}.${head}`;
    if (effect > (best.get(key)?.effect ?? -Infinity) || !best.has(key))
      best.set(key, { id: { layer: layerIndex(layer), head }, effect });
  }
  return [...best.values()].sort((a, b) => b.effect - a.effect).map(({ id }) => id);
}
