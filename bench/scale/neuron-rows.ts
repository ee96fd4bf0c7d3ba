import { FAMILIES, TARGETS, type Heuristic } from '../../src/domain/heuristic.js';
import type { Operator } from '../../src/domain/operator.js';
import type { Random } from '../../src/domain/random.js';
import { NULLS } from '../../src/heuristics/maps.js';
import type { FactOf } from '../../src/store/schema/tables.js';
import type { BusyNeuron } from './trajectory.js';

/** What one operator's rows at one step are made of. */
export interface OperatorStep {
  readonly operator: Operator;
  /** 0 at the first step, 1 at the last. */
  readonly progress: number;
  /** Top neurons, those of a layer in a row. */
  readonly neurons: readonly BusyNeuron[];
  readonly random: Random;
}

/** Least score of a match. */
const THRESHOLD = 0.6;
const ANY = 'any';

/** Rows of one operator's classified neurons, their heuristics, and what chance gives. */
export function classificationRows({ operator, neurons, random }: OperatorStep) {
  const scored = neurons.map(({ layer, neuron, heuristics }) => ({
    place: { operator, layer, neuron },
    matches: heuristics.map((heuristic) => ({
      heuristic,
      score: THRESHOLD + (1 - THRESHOLD) * random.uniform() ** 2,
    })),
  }));
  const rows: FactOf<'neurons'>[] = scored.map(({ place, matches }) => {
    const best = matches.reduce<(typeof matches)[number] | undefined>(
      (before, one) => (before === undefined || one.score > before.score ? one : before),
      undefined,
    );
    return {
      ...place,
      ...{ state: 'live', scale: 1 + 5 * random.uniform(), sd: random.uniform() },
      n_heuristics: matches.length,
      best_score: best?.score ?? THRESHOLD * random.uniform(),
      best_heuristic: best?.heuristic.key ?? null,
      null_reason: null,
    };
  });
  const found = scored.flatMap(({ place, matches }) =>
    matches.map(({ heuristic: { key, target, family }, score }): FactOf<'neuron_heuristics'> => ({
      ...place,
      ...{ heuristic: key, target, family, score, sign: 1, map: target === 'result' ? 'KV' : 'K' },
    })),
  );
  return {
    neurons: rows,
    neuron_heuristics: found,
    classification_chance: chanceRows(operator, neurons.length, random),
  };
}

function chanceRows(operator: Operator, live: number, random: Random): FactOf<'classification_chance'>[] {
  return NULLS.flatMap((null_model) =>
    ([ANY, ...TARGETS] as const).flatMap((target) =>
      ([ANY, ...FAMILIES] as const).map((family) => ({
        ...{ operator, null_model, target, family },
        ...{ neurons: random.int(0, Math.round(live / 20)), live_neurons: live, null_reason: null },
      })),
    ),
  );
}

/**
 * Rows of one operator's effects of neurons: all approximate, those of the best also exact.
 * @param exact neurons whose exact effect is taken
 */
export function attributionRows(
  { operator, progress, neurons, random }: OperatorStep,
  { top, exact }: { readonly top: number; readonly exact: number },
) {
  const effects = neurons.map(({ layer, neuron }, i): FactOf<'neuron_effects'> => {
    const mean = progress * 0.01 * random.normal();
    const sd = 0.01 * random.uniform();
    const both = i % Math.max(1, Math.floor(neurons.length / exact)) === 0;
    return {
      ...{ operator, layer, neuron, attribution_mean: mean, attribution_sd: sd, score: mean + sd },
      ...{ rank: i % top, top: true },
      ...{ exact_mean: both ? mean + 0.001 * random.normal() : null, exact_sd: both ? sd : null },
      null_reason: null,
    };
  });
  const layers = [null, ...new Set(neurons.map(({ layer }) => layer))];
  const agreement = layers.map((layer): FactOf<'effect_agreement'> => {
    const values = { pearson: 1 - 0.2 * random.uniform(), spearman: 1 - 0.3 * random.uniform() };
    return { operator, layer, n: 20, ...values, top_k: 5, top_overlap: 0.8, null_reason: null };
  });
  return { neuron_effects: effects, effect_agreement: agreement };
}

/** Rows of the knock-outs of one operator: every heuristic with at least `least` neurons, and single prompts. */
export function knockoutRows({ operator, progress, neurons, random }: OperatorStep, least: number) {
  const counts = new Map<Heuristic, number>();
  for (const { heuristics } of neurons)
    for (const heuristic of heuristics) counts.set(heuristic, (counts.get(heuristic) ?? 0) + 1);
  const byHeuristic = [...counts].flatMap(
    ([{ key, target, family }, count]): FactOf<'heuristic_knockouts'>[] =>
      count < least
        ? []
        : [
            {
              ...{
                operator,
                heuristic: key,
                target,
                family,
                neurons: count,
                associated_n: 100,
                other_n: 100,
              },
              associated_accuracy: random.int(40, 100) / 100,
              other_accuracy: random.int(70, 100) / 100,
              null_reason: null,
            },
          ],
  );
  const byPrompt = [5, 10, 25].flatMap((limit) =>
    (['associated', 'control'] as const).map((kind): FactOf<'prompt_knockouts'> => {
      const correct = random.int(0, kind === 'control' ? 50 : Math.round(50 * (1 - progress / 2)));
      return {
        ...{ operator, neurons_per_layer: limit, kind, n: 50, correct, accuracy: correct / 50 },
        ...{ ci_low: Math.max(0, correct / 50 - 0.1), ci_high: Math.min(1, correct / 50 + 0.1) },
        ...{ mean_neurons: limit * 15, null_reason: null },
      };
    }),
  );
  return { heuristic_knockouts: byHeuristic, prompt_knockouts: byPrompt };
}

/** Rows of the failure modes of one operator. */
export function failureRows({ operator, progress, random }: OperatorStep): FactOf<'failure_modes'>[] {
  return (['correct', 'incorrect'] as const).map((prompts) => ({
    ...{ operator, prompts, n: 50 },
    ...{ mean_neurons: 200 * progress + random.uniform(), sd_neurons: 20 * random.uniform() },
    ...{ mean_logit_sum: 5 * progress * random.uniform(), sd_logit_sum: random.uniform(), null_reason: null },
  }));
}
