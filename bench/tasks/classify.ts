import { z } from 'zod';
import { randomStream } from '../../src/domain/random.js';
import { classifyNeurons, classifyWithNulls } from '../../src/heuristics/classify.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { buildUniverse } from '../../src/prompts/universe.js';

const Options = z.object({
  maxOperand: z.number(),
  maxAnswer: z.number(),
  neurons: z.number(),
  nulls: z.boolean(),
});

/**
 * Classifies made-up neurons on the universe of `+` under every heuristic of the preset `paper`, ranking included.
 * @returns neurons a second, and the sizes of the work
 */
export function classify(given: unknown): object {
  const { maxOperand, maxAnswer, neurons, nulls } = Options.parse(given);
  const universe = buildUniverse('+', maxOperand, maxAnswer);
  const preset = PRESETS['paper'];
  if (preset === undefined) throw new Error('the preset paper is gone');
  const plans = [compileHeuristics({ preset, universe })];
  const random = randomStream(0, 'benchmark maps');
  const activations = new Float32Array(neurons * universe.count);
  for (let neuron = 0; neuron < neurons; neuron++) {
    const [period, phase] = [5 + 40 * random.uniform(), 6 * random.uniform()];
    for (let p = 0; p < universe.count; p++) {
      const wave = Math.cos((2 * Math.PI * (universe.op1[p] ?? 0)) / period + phase);
      activations[neuron * universe.count + p] = wave + random.uniform();
    }
  }
  const directLogits = Float32Array.from({ length: neurons * (maxAnswer + 1) }, () => random.normal());
  const matrix = { plans, activations, directLogits, seed: 0 };
  const run = (): void => {
    if (nulls) classifyWithNulls(matrix);
    else classifyNeurons(matrix);
  };
  run(); // compiled by then
  const started = performance.now();
  run();
  const seconds = (performance.now() - started) / 1000;
  const heuristics = plans.reduce((sum, plan) => sum + plan.heuristics.length, 0);
  return { prompts: universe.count, heuristics, neuronsPerSecond: neurons / seconds };
}
