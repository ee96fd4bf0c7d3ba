import { drawBetaBinomial } from '../../src/analysis/emergence/draws.js';
import { stepScale, type Trajectory } from '../../src/analysis/emergence/trajectory.js';
import { randomStream } from '../../src/domain/random.js';

/** Steps of the embedded suite. */
export const STEPS = [
  0, 1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384, 512, 640, 768, 896, 1024, 1216, 1408, 1600, 1792, 2048, 2304,
  2560, 2816, 3200, 3600, 4000,
];
export const FEW_STEPS = [0, 16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 3072, 4000];

/** True levels, before noise. */
export interface Truth {
  readonly steps?: readonly number[];
  /** Level at a time in octaves; `at` gives the octaves of a step. */
  readonly level: (octaves: number, at: (step: number) => number) => number;
}

/** Counts of n with a dispersion and a chance level, or values with a standard deviation. */
export type NoiseSetting =
  { readonly n: number; readonly dispersion?: number; readonly chance?: number } | { readonly sd: number };

export function logisticTruth(halfway: number, rate: number, floor = 0.02, ceiling = 0.95): Truth {
  return {
    level: (t, at) => floor + (ceiling - floor) / (1 + Math.exp(-rate * (t - at(halfway)))),
  };
}

/** Up at a step, which is the first after the jump. */
export function jumpTruth(first: number, floor = 0.02, ceiling = 0.95): Truth {
  return { level: (t, at) => (t < at(first) ? floor : ceiling) };
}

/** Down again by so much per octave from a step on. */
export function declining({ level, ...truth }: Truth, from: number, perOctave: number): Truth {
  return { ...truth, level: (t, at) => level(t, at) - perOctave * Math.max(0, t - at(from)) };
}

export function trueLevels({ level, steps = STEPS }: Truth): Float64Array {
  const { toOctaves } = stepScale(steps);
  return Float64Array.from(steps, (step) => level(toOctaves(step), toOctaves));
}

export function simulate(truth: Truth, noise: NoiseSetting, seed: number): Trajectory {
  const { steps = STEPS } = truth;
  const levels = trueLevels(truth);
  const random = randomStream(seed, 'simulated trajectory');
  if ('sd' in noise) return { steps, values: levels.map((level) => level + noise.sd * random.normal()) };
  const { n, dispersion = 1e-9, chance = 0 } = noise;
  return {
    steps,
    successes: levels.map((level) => drawBetaBinomial(n, level + chance, dispersion, random)),
    trials: levels.map(() => n),
    chance: levels.map(() => chance),
  };
}
