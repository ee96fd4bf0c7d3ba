import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { OPERATORS, type Operator } from '../../src/domain/operator.js';
import { randomStream } from '../../src/domain/random.js';
import { classifyNeurons } from '../../src/heuristics/classify.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';
import { Reference, type PresetName } from './reference.js';
import { distinctValues, promptsOf, universeOf, withoutTies } from './universe.js';

const PRESET_NAMES: readonly PresetName[] = ['paper', 'released-code'];

function presetOf(name: PresetName): HeuristicPreset {
  const preset = PRESETS[name];
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
}

/** Scores of every heuristic, of both presets in one call, against the reference. */
function compareOn(
  operator: Operator,
  maxOperand: number,
  maxAnswer: number,
  seed: number,
  gated: boolean,
): number {
  const universe = universeOf(operator, maxOperand, maxAnswer);
  const prompts = promptsOf(universe);
  const random = randomStream(seed, 'neuron');
  // Skewed to one digit and to a few answers, so that high scores and the rules about them occur.
  const [digit, lift, favourite] = [random.int(0, 9), random.int(0, 1) * 2, random.int(0, 3)];
  const noise = distinctValues(universe.count, seed);
  const activations = Float32Array.from(
    prompts,
    ({ op1 }, p) => (noise[p] ?? 0) + (op1 % 10 === digit ? lift : 0),
  );
  const directLogits = Float32Array.from({ length: maxAnswer + 1 }, (_, answer) =>
    answer <= favourite ? 50 + random.uniform() : random.normal(),
  );
  const products = withoutTies(universe, activations, directLogits);
  const k = new Map(prompts.map((prompt, p) => [prompt, activations[p] ?? 0]));
  const kv = new Map(prompts.map((prompt, p) => [prompt, products[p] ?? 0]));
  const plans = PRESET_NAMES.map((name) => compileHeuristics({ preset: presetOf(name), universe }));
  const found = classifyNeurons({
    plans,
    activations,
    directLogits,
    seed,
    gated,
    threshold: Number.MIN_VALUE,
  });
  PRESET_NAMES.forEach((name, i) => {
    const expected = new Reference(name, prompts, maxOperand, maxAnswer).scores(k, kv, gated);
    const actual = found[i]?.[0]?.matches.map(({ heuristic, score, sign }) => [
      heuristic.key,
      { score, k: heuristic.k, associated: heuristic.associated, sign },
    ]);
    expect(actual?.toSorted()).toEqual([...expected].filter(([, { score }]) => score > 0).toSorted());
  });
  return universe.count;
}

describe('the fast engine against a plain reference', () => {
  it.each(OPERATORS)('gives the same scores on small random universes of %s', (operator) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 24 }),
        fc.integer({ min: 5, max: 130 }),
        fc.integer(),
        fc.boolean(),
        (maxOperand, maxAnswer, seed, gated) => {
          compareOn(operator, maxOperand, maxAnswer, seed, gated);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  it.each(OPERATORS)('gives the same scores where three digits matter (%s)', (operator) => {
    expect(compareOn(operator, 120, 180, 3, true)).toBeGreaterThan(600);
  });
});
