import type { FactOf } from '../../src/store/schema/tables.js';
import type { Op, WholeStep } from './whole-example.js';

type Circuit = FactOf<'faithfulness'>;

/** Circuit, kind, derived, heads, neurons per layer, neurons. */
const CIRCUITS = [
  ['0 heads', 'heads', 'here', 0, null, null],
  ['1 head', 'heads', 'here', 1, null, null],
  ['1 head', 'heads', 'reference', 1, null, null],
  ['1 head, 1 neuron per layer', 'neurons', 'here', 1, 1, 2],
  ['1 head, 2 neurons per layer', 'neurons', 'here', 1, 2, 4],
  ['1 head, heuristic neurons', 'heuristic_neurons', 'here', 1, null, 3],
  ['1 head, mutual neurons', 'mutual_neurons', 'here', 1, null, 2],
] as const;

/** Faithfulness of each circuit; null: no prompt has a large enough denominator, or there are too few. */
const FAITHFULNESS: Record<Op, Record<WholeStep, readonly number[] | null>> = {
  '+': {
    0: null,
    100: [0.125, 0.375, 0.25, 0.3125, 0.4375, 0.5, 0.375],
    1000: [0.25, 0.75, 0.8125, 0.5, 0.6875, 0.625, 0.5625],
  },
  '*': { 0: null, 100: [-0.0625, 0.0625, 0.125, 0, 0.09375, 0.03125, 0.015625], 1000: null },
};

export function circuitFacts(operator: Op, step: WholeStep): Circuit[] {
  const values = FAITHFULNESS[operator][step];
  return CIRCUITS.map(([circuit, kind, derived, heads, neurons_per_layer, neurons], i): Circuit => {
    const common = { operator, circuit, kind, derived, heads, neurons_per_layer, neurons };
    const value = values?.[i];
    if (value === undefined)
      return {
        ...common,
        n: 0,
        below_floor: step === 0 ? 0 : 8,
        faithfulness: null,
        ci_low: null,
        ci_high: null,
        ratio_of_means: null,
        nl_circuit: null,
        nl_none: null,
        nl_model: null,
        accuracy: null,
        null_reason: step === 0 ? 'too_few_prompts' : 'denominator_below_floor',
      };
    return {
      ...common,
      n: 8 - i,
      below_floor: i,
      faithfulness: value,
      ci_low: value - 0.0625,
      ci_high: value + 0.125,
      ratio_of_means: value + 0.03125,
      nl_circuit: 0.25 + value / 2,
      nl_none: 0.25,
      nl_model: 0.75,
      accuracy: Math.max(0, value),
      null_reason: null,
    };
  });
}

/** Test accuracy at position 4 of layer 2; a lower layer has half of the next, position 3 a quarter of position 4. */
const PROBED: Record<Op, Record<WholeStep, number | null>> = {
  '+': { 0: 0.125, 100: 0.5, 1000: 1 },
  '*': { 0: null, 100: 0.25, 1000: null },
};

export function probeFacts(operator: Op, step: WholeStep): FactOf<'probe_accuracy'>[] {
  const best = PROBED[operator][step];
  return [0, 1, 2].flatMap((layer) =>
    [3, 4].map((position) => {
      const value = best === null ? null : best / 2 ** (2 - layer) / (position === 3 ? 4 : 1);
      return {
        operator,
        layer,
        position,
        classes: 19,
        n_train: best === null ? 0 : 40,
        n_test: best === null ? 0 : 10,
        train_accuracy: value === null ? null : (1 + value) / 2,
        test_accuracy: value,
        majority: value === null ? null : 0.0625,
        null_reason: value === null ? ('too_few_prompts' as const) : null,
      };
    }),
  );
}
