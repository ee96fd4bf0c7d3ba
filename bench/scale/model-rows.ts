import type { FactOf } from '../../src/store/schema/tables.js';
import { PROMPT_SETS } from '../../src/store/schema/shared-columns.js';
import type { OperatorStep } from './neuron-rows.js';
import type { ScaleShape } from './shape.js';

/** Rows of one operator's accuracy: each set of prompts, a logistic curve over the logarithm of the step. */
export function accuracyRows({ operator, progress, random }: OperatorStep): FactOf<'accuracy'>[] {
  const level = 1 / (1 + Math.exp(-20 * (progress - 0.75)));
  return PROMPT_SETS.map((prompt_set) => {
    const n = 10_000;
    const correct = Math.round(n * level * (0.9 + 0.1 * random.uniform()));
    const bounds = { ci_low: (correct / n) * 0.99, ci_high: Math.min(1, (correct / n) * 1.01) };
    return { operator, prompt_set, n, correct, accuracy: correct / n, ...bounds, null_reason: null };
  });
}

/** Rows of one operator's components: every MLP and head at the positions 1 to 4. */
export function componentRows(
  { operator, progress, random }: OperatorStep,
  { nLayers, nHeads }: ScaleShape,
): FactOf<'component_effects'>[] {
  const places = Array.from({ length: nLayers }, (_, layer) => [
    { kind: 'mlp' as const, layer, head: null },
    ...Array.from({ length: nHeads }, (_, head) => ({ kind: 'head' as const, layer, head })),
  ]).flat();
  return places.flatMap((place) =>
    [1, 2, 3, 4].map((position) => {
      const mean = progress * random.normal();
      const e = { mean_e: Math.exp(5 * mean), median_e: mean, sd_e: Math.exp(4 * random.uniform()) };
      const logit = { mean_logit: mean, median_logit: mean / 2, sd_logit: random.uniform() };
      return { operator, ...place, position, n: 50, not_finite: 0, ...e, ...logit, null_reason: null };
    }),
  );
}

/** Rows of one operator's probes: every layer at the positions 1 to 4. */
export function probeRows(
  { operator, progress, random }: OperatorStep,
  { nLayers }: ScaleShape,
): FactOf<'probe_accuracy'>[] {
  return Array.from({ length: nLayers }, (_, layer) =>
    [1, 2, 3, 4].map((position) => {
      const test = (progress * (layer + random.uniform())) / nLayers;
      const sizes = { classes: 100, n_train: 480, n_test: 120 };
      const values = { train_accuracy: (1 + test) / 2, test_accuracy: test, majority: 0.02 };
      return { operator, layer, position, ...sizes, ...values, null_reason: null };
    }),
  ).flat();
}

const HEADS = [0, 1, 2, 4, 6, 8, 12, 20, 32];
const NEURONS = [82, 246, 819, 1638, 4096, 8192];

/** Rows of one operator's circuits, as a sweep measures them by default. */
export function faithfulnessRows({ operator, progress, random }: OperatorStep): FactOf<'faithfulness'>[] {
  const most = HEADS.at(-1) ?? 0;
  const kept = { heads: most, neurons_per_layer: null, neurons: null };
  const circuits = [
    ...HEADS.map((heads) => ({ circuit: `${heads} heads`, kind: 'heads' as const, ...kept, heads })),
    ...NEURONS.map((count) => {
      const circuit = `${most} heads, ${count} neurons per layer`;
      return { circuit, kind: 'neurons' as const, ...kept, neurons_per_layer: count };
    }),
    {
      circuit: `${most} heads, heuristic neurons`,
      kind: 'heuristic_neurons' as const,
      ...kept,
      neurons: 3000,
    },
    { circuit: `${most} heads, mutual neurons`, kind: 'mutual_neurons' as const, ...kept, neurons: 1500 },
  ];
  return (['here', 'reference'] as const).flatMap((derived) =>
    circuits.map((circuit) => {
      const value = progress * random.uniform();
      const interval = { ci_low: value - 0.05, ci_high: value + 0.05, ratio_of_means: value };
      const logits = { nl_circuit: value, nl_none: 0.1, nl_model: 0.9, accuracy: value };
      const counted = { n: 45, below_floor: 5, faithfulness: value };
      return { operator, ...circuit, derived, ...counted, ...interval, ...logits, null_reason: null };
    }),
  );
}
