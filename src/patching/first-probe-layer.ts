import type { LayerIndex } from '../domain/ids.js';
import { POSITIONS } from '../model/prompt-tokens.js';
import type { ProbeResult } from './probe.js';

export interface FirstProbeLayerOptions {
  /** Share of the best layer's accuracy that counts as yielding the answer; the paper states none. */
  readonly share?: number;
}

/** Standard errors by which accuracy must exceed the majority baseline to count as better than chance. */
const SURE = 2;

/**
 * The first heuristic layer by the rule `probe` (method section 4): the first layer whose test accuracy at the last
 * position, averaged over operators, reaches `share` of the best layer's. That layer itself is the first heuristic one,
 * for it is its *output* that first yields the answer: its block did the work.
 * @param results probes of any number of operators; those without a value are left out
 * @returns null when no layer is better than always giving the most frequent answer, by two standard errors
 */
export function firstProbeLayer(
  results: readonly ProbeResult[],
  { share = 0.5 }: FirstProbeLayerOptions = {},
): LayerIndex | null {
  const last = results.flatMap(({ layer, position, test, testAccuracy, majorityBaseline }) =>
    position === POSITIONS.equals && testAccuracy !== null && majorityBaseline !== null
      ? [{ layer, test, accuracy: testAccuracy, baseline: majorityBaseline }]
      : [],
  );
  const layers = [...new Set(last.map(({ layer }) => layer))].sort((a, b) => a - b);
  const better = layers.flatMap((layer) => {
    const own = last.filter((result) => result.layer === layer);
    const accuracy = mean(own.map((result) => result.accuracy));
    const excess = accuracy - mean(own.map(({ baseline }) => baseline));
    const variances = own.map((x) => (spread(x.accuracy) + spread(x.baseline)) / x.test);
    const error = Math.sqrt(mean(variances) / own.length);
    return excess > SURE * error ? [{ layer, accuracy }] : [];
  });
  const best = Math.max(...better.map(({ accuracy }) => accuracy));
  return better.find(({ accuracy }) => accuracy >= share * best)?.layer ?? null;
}

/** Variance of one draw that is right with this probability. */
function spread(probability: number): number {
  return probability * (1 - probability);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
