import { randomStream, permutation } from '../../src/domain/random.js';
import type { Heuristic } from '../../src/domain/heuristic.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { isAssociated } from '../../src/heuristics/predicate.js';
import {
  JITTER,
  meanActivation,
  MAX_ANSWER,
  plannedActivation,
  plannedLogit,
  type PlantedNeuron,
} from './planted-neurons.js';

/** Tokens beside the numbers: operators, `=`, BOS, unknown; planted neurons leave their logits alone. */
const OTHER_TOKENS = 7;

/** What the direct logits of a planted neuron are, by result, up to a factor: centred over the vocabulary. */
export function plannedDirectLogits(one: PlantedNeuron): number[] {
  const logits = Array.from({ length: MAX_ANSWER + 1 }, (_, r) => plannedLogit(one, r));
  const mean = logits.reduce((a, b) => a + b, 0) / (logits.length + OTHER_TOKENS);
  return logits.map((logit) => logit - mean);
}

/** What a planted neuron adds to the logit of the prompt's answer, before the final norm's scale. */
export function plannedOutput(one: PlantedNeuron, prompt: Prompt): number {
  const logit = plannedDirectLogits(one)[prompt.answer] ?? 0;
  return (plannedActivation(one, prompt) / meanActivation(one)) * logit;
}

/**
 * NL of an answer: its logit over the largest one, centred over the vocabulary, whatever the final norm's scale.
 * @param fired how strongly each neuron fires, 1 on average
 */
export function plannedNl(
  answer: number,
  fired: (one: PlantedNeuron) => number,
  bag: readonly PlantedNeuron[],
): number {
  const firings = bag.map((one) => ({ one, strength: fired(one) }));
  const logits = Array.from(
    { length: MAX_ANSWER + 1 },
    (_, r) =>
      -(r * r) / 64 + firings.reduce((sum, { one, strength }) => sum + strength * plannedLogit(one, r), 0),
  );
  const others = Array.from({ length: OTHER_TOKENS }, () => -(MAX_ANSWER ** 2) / 64);
  const all = [...logits, ...others];
  const centre = all.reduce((a, b) => a + b, 0) / all.length;
  return ((logits[answer] ?? 0) - centre) / (Math.max(...all) - centre);
}

/** A score as far as it is known before equal values of the map are put in an order. */
export interface PlannedScore {
  readonly mean: number;
  readonly sd: number;
}

/** Makes the scores of a planted neuron by counting prompts, and by the hypergeometric law where the map has ties. */
export function plannedScores(
  one: PlantedNeuron,
  prompts: readonly Prompt[],
): (h: Heuristic) => PlannedScore {
  const logits = plannedDirectLogits(one);
  const k = prompts.map((prompt) => plannedActivation(one, prompt));
  const kv = prompts.map(({ answer }, p) => (k[p] ?? 0) * (logits[answer] ?? 0));
  return (heuristic) => {
    const map = heuristic.target === 'result' ? kv : k;
    const cut = map.toSorted((a, b) => b - a)[heuristic.k - 1] ?? 0;
    // A difference in the last digits is rounding: the least one planned is a step of jitter.
    const rounding = Math.abs(cut) * JITTER * 1e-3;
    const above = prompts.filter((_, p) => (map[p] ?? 0) > cut + rounding);
    const tied = prompts.filter((_, p) => Math.abs((map[p] ?? 0) - cut) <= rounding);
    const own = (some: readonly Prompt[]): number =>
      some.filter((one) => isAssociated(heuristic, one)).length;
    const drawn = heuristic.k - above.length;
    const share = own(tied) / tied.length;
    const left = tied.length === 1 ? 0 : (tied.length - drawn) / (tied.length - 1);
    return {
      mean: (own(above) + drawn * share) / heuristic.k,
      sd: Math.sqrt(drawn * share * (1 - share) * left) / heuristic.k,
    };
  };
}

/** The map of a planted neuron over prompts without ties: the same order, equal values moved apart at random. */
export function plannedMap(one: PlantedNeuron, prompts: readonly Prompt[]): Float32Array {
  const order = permutation(prompts.length, randomStream(one.neuron, 'planted', 'ties'));
  return Float32Array.from(
    prompts,
    (prompt, p) => plannedActivation(one, prompt) + ((order[p] ?? 0) / prompts.length) * JITTER * 0.5,
  );
}
