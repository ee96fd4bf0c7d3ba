import { afterAll, describe, expect, it } from 'vitest';
import { changeTest } from '../../src/analysis/emergence/change-test.js';
import { compareModels } from '../../src/analysis/emergence/compare.js';
import { emergence, type TimedMoment } from '../../src/analysis/emergence/emergence.js';
import { leadLag } from '../../src/analysis/emergence/lag.js';
import { overSeeds } from '../../src/analysis/emergence/over-seeds.js';
import { isotonicTimes } from '../../src/analysis/emergence/times.js';
import { stepScale } from '../../src/analysis/emergence/trajectory.js';
import { judge } from '../../src/analysis/emergence/verdict.js';
import type { Verdict } from '../../src/domain/emergence.js';
import { randomStream } from '../../src/domain/random.js';
import {
  declining,
  FEW_STEPS,
  jumpTruth,
  logisticTruth,
  simulate,
  STEPS,
  trueLevels,
  type NoiseSetting,
  type Truth,
} from '../support/simulated-trajectories.js';

/** Simulations per setting. EMERGENCE_SIMULATIONS=500 is the full check (minutes); it prints its shares. */
const RUNS = Number(process.env['EMERGENCE_SIMULATIONS'] ?? 6);
const FULL = RUNS >= 300;
const shares: string[] = [];
afterAll(() => {
  if (FULL) process.stdout.write(`${shares.join('\n')}\n`);
});

/** Share of simulations, noted; bounds hold for the full number, with chance's allowance for fewer. */
function expectShare(what: string, count: number, [low, high]: readonly [number, number]): void {
  shares.push(`${what}: ${((100 * count) / RUNS).toFixed(1)} %`);
  const allowance = FULL ? 0 : 4 * Math.sqrt(0.05 / RUNS);
  expect(count / RUNS).toBeGreaterThanOrEqual(low - allowance);
  expect(count / RUNS).toBeLessThanOrEqual(high + allowance);
}

/** The quick one is often not resolved by the steps: intervals that reach from step to step hold it more often. */
const COVERAGE: readonly {
  name: string;
  halfway: number;
  rate: number;
  ceiling: number;
  noise: NoiseSetting;
}[] = [
  { name: 'prompts alone', halfway: 600, rate: 2, ceiling: 0.95, noise: { n: 1000 } },
  { name: 'overdispersed', halfway: 600, rate: 2, ceiling: 0.95, noise: { n: 1000, dispersion: 0.02 } },
  { name: 'chance', halfway: 300, rate: 1, ceiling: 0.6, noise: { n: 512, dispersion: 0.005, chance: 0.1 } },
  { name: 'values', halfway: 600, rate: 2, ceiling: 0.95, noise: { sd: 0.03 } },
  { name: 'quick', halfway: 600, rate: 4, ceiling: 0.95, noise: { n: 1000, dispersion: 0.01 } },
];

describe('95 % intervals hold the truth', () => {
  const scale = stepScale(STEPS);
  const t = Float64Array.from(STEPS, scale.toOctaves);

  it.each(COVERAGE)('$name', ({ name, halfway, rate, ceiling, noise }) => {
    const truth = logisticTruth(halfway, rate, 0.02, ceiling);
    const middle = scale.toOctaves(halfway);
    const curve = isotonicTimes({ t, level: trueLevels(truth), direction: 1, steps: t.length });
    const held = { logisticOnset: 0, logisticHalfway: 0, isotonicOnset: 0, isotonicHalfway: 0 };
    for (let seed = 0; seed < RUNS; seed++) {
      const trajectory = simulate(truth, noise, seed);
      const { logistic, isotonic } = emergence({
        trajectory,
        seed,
        samples: FULL ? 400 : 100,
        permutations: 99,
      });
      if (holds(logistic.onset, middle - Math.log(9) / rate)) held.logisticOnset++;
      if (holds(logistic.halfway, middle)) held.logisticHalfway++;
      if (holds(isotonic.onset, curve.onset)) held.isotonicOnset++;
      if (holds(isotonic.halfway, curve.halfway)) held.isotonicHalfway++;
    }
    for (const [time, count] of Object.entries(held))
      expectShare(`interval, ${name}, ${time}`, count, [0.92, name === 'quick' ? 1 : 0.98]);
  });

  it('over prompts answered at all steps', () => {
    const { toOctaves } = scale;
    const held = { logisticHalfway: 0, isotonicHalfway: 0, logisticOnset: 0, isotonicOnset: 0 };
    // Each prompt is learnt at a time of its own, of a logistic distribution: so is the share right at each step.
    const curve = isotonicTimes({
      t,
      level: trueLevels(logisticTruth(600, 2, 0, 0.95)),
      direction: 1,
      steps: 28,
    });
    // Slightly short, 93 %: 500 simulations alone could not tell that from 92.
    for (let seed = 0; seed < 4 * RUNS; seed++) {
      const random = randomStream(seed, 'answers');
      const learnt = Array.from({ length: 400 }, () => {
        const u = random.uniform();
        return toOctaves(600) + Math.log(u / (1 - u)) / 2;
      });
      const answers = STEPS.map((step) =>
        learnt.map((time) => (toOctaves(step) > time && random.uniform() < 0.95 ? 1 : 0)),
      );
      const successes = answers.map((row) => row.filter((right) => right === 1).length);
      const trajectory = { steps: STEPS, successes, trials: STEPS.map(() => 400) };
      const { logistic, isotonic } = emergence({
        trajectory,
        seed,
        samples: FULL ? 400 : 100,
        permutations: 99,
        prompts: { answers },
      });
      if (holds(logistic.halfway, toOctaves(600))) held.logisticHalfway++;
      if (holds(logistic.onset, toOctaves(600) - Math.log(9) / 2)) held.logisticOnset++;
      if (holds(isotonic.halfway, curve.halfway)) held.isotonicHalfway++;
      if (holds(isotonic.onset, curve.onset)) held.isotonicOnset++;
    }
    for (const [time, count] of Object.entries(held))
      expectShare(`interval over prompts, ${time}`, count / 4, [0.92, 0.98]);
  });

  it('over seeds', () => {
    let held = 0;
    for (let run = 0; run < RUNS * 4; run++) {
      const random = randomStream(run, 'seeds');
      const values = Array.from({ length: 5 }, () => 9 + 0.5 * random.normal());
      const { low, high } = overSeeds(values);
      if (low !== null && high !== null && low <= 9 && high >= 9) held++;
    }
    expectShare('interval over 5 seeds', held / 4, [0.92, 0.98]);
  });

  function holds({ low, high }: TimedMoment, octaves: number): boolean {
    const step = scale.toStep(octaves);
    const above = low.step === null ? low.nullReason === 'before_first' : low.step <= step;
    return above && (high.step === null ? high.nullReason === 'after_last' : high.step >= step);
  }
});

const SPREAD: NoiseSetting = { n: 1000, dispersion: 0.02 };
const WIDE: NoiseSetting = { n: 1000, dispersion: 0.1 };
const FEW: NoiseSetting = { n: 100, dispersion: 0.02 };
const LOUD: NoiseSetting = { sd: 0.1 };
const flat: Truth = { level: () => 0.3 };
const gradual = (rate: number) => logisticTruth(600, rate);

/** Truth, noise, right verdict and how often it must be found at least. */
const VERDICTS: readonly [string, Truth, NoiseSetting, Verdict, number][] = [
  ['constant', flat, SPREAD, 'no_change', 0.5],
  ['constant and low', { level: () => 0.02 }, { n: 512, dispersion: 0.002 }, 'no_change', 0.5],
  ['constant values', flat, { sd: 0.05 }, 'no_change', 0.5],
  ['constant, 12 steps', { ...flat, steps: FEW_STEPS }, SPREAD, 'no_change', 0.5],
  ['rate 1', gradual(1), SPREAD, 'gradual', 0.9],
  ['rate 1, wide', gradual(1), WIDE, 'gradual', 0.9],
  ['rate 1, values', gradual(1), LOUD, 'gradual', 0.9],
  ['rate 2', gradual(2), SPREAD, 'gradual', 0.9],
  ['rate 2, wide', gradual(2), WIDE, 'gradual', 0.9],
  ['rate 2, small rise, few prompts', logisticTruth(400, 2, 0.05, 0.4), FEW, 'gradual', 0.3],
  ['rate 2, 12 steps', { ...logisticTruth(256, 2), steps: FEW_STEPS }, SPREAD, 'gradual', 0.7],
  ['rate 3', gradual(3), SPREAD, 'gradual', 0.9],
  ['rate 3, values', gradual(3), LOUD, 'gradual', 0.7],
  ['rate 3, small rise, few prompts', logisticTruth(400, 3, 0.05, 0.4), FEW, 'gradual', 0],
  ['weak rise', logisticTruth(400, 1.5, 0.2, 0.3), SPREAD, 'gradual', 0],
  ['straight line', { level: (t) => 0.1 + 0.06 * t }, SPREAD, 'gradual', 0.9],
  ['square root', { level: (t) => 0.02 + 0.25 * Math.sqrt(t) }, SPREAD, 'gradual', 0.9],
  ['rise and decline', declining(logisticTruth(100, 2, 0.02, 0.7), 200, 0.08), SPREAD, 'gradual', 0.5],
  ['jump at 64', jumpTruth(64), SPREAD, 'abrupt', 0.8],
  ['jump at 64, values', jumpTruth(64), LOUD, 'abrupt', 0.6],
  ['jump at 512', jumpTruth(512), SPREAD, 'abrupt', 0.9],
  ['jump at 512, wide', jumpTruth(512), WIDE, 'abrupt', 0.7],
  ['jump at 512, values', jumpTruth(512), LOUD, 'abrupt', 0.6],
  ['jump at 512, small, few prompts', jumpTruth(512, 0.05, 0.4), FEW, 'abrupt', 0.2],
  ['jump at 512, weak', jumpTruth(512, 0.2, 0.3), SPREAD, 'abrupt', 0],
  ['jump at 1600', jumpTruth(1600), SPREAD, 'abrupt', 0.9],
  ['jump at 1600, wide', jumpTruth(1600), WIDE, 'abrupt', 0.6],
  ['jump, 12 steps', { ...jumpTruth(256), steps: FEW_STEPS }, SPREAD, 'abrupt', 0.9],
  ['jump and decline', declining(jumpTruth(128, 0.02, 0.7), 128, 0.08), SPREAD, 'abrupt', 0.6],
];

describe('verdicts', () => {
  it.each(VERDICTS)('of %s', (name, truth, noise, right, power) => {
    const found: Record<Verdict, number> = { gradual: 0, abrupt: 0, no_change: 0, undetermined: 0 };
    for (let seed = 0; seed < RUNS; seed++) {
      const comparison = compareModels(simulate(truth, noise, 5000 + seed));
      const { p } = changeTest(comparison.measured.level, { permutations: 199, seed });
      found[judge({ comparison, p }).verdict]++;
    }
    const wrong = (right === 'gradual' ? 0 : found.gradual) + (right === 'abrupt' ? 0 : found.abrupt);
    expectShare(`${name}: ${right}`, found[right], [power, 1]);
    expectShare(`${name}: false verdicts`, wrong, [0, 0.05]);
  });
});

describe('lead and lag', () => {
  const lagOf = (
    halfways: readonly [number, number],
    noises: readonly [NoiseSetting, NoiseSetting],
    seed: number,
  ) => {
    const [first, second] = halfways.map((halfway, i) =>
      emergence({
        trajectory: simulate(logisticTruth(halfway, 2), noises[i] ?? SPREAD, 2 * seed + i),
        seed: 2 * seed + i,
        samples: 100,
        permutations: 99,
      }),
    );
    if (first === undefined || second === undefined) throw new Error('two trajectories expected');
    return leadLag({ first, second, seed, permutations: 99 }).halfway;
  };

  it.each<[string, [NoiseSetting, NoiseSetting]]>([
    ['equal noise', [SPREAD, SPREAD]],
    [
      'unequal noise',
      [
        { n: 2000, dispersion: 0.002 },
        { n: 512, dispersion: 0.04 },
      ],
    ],
  ])('is rarely found where there is none, %s', (name, noises) => {
    const ps = Array.from({ length: RUNS }, (_, seed) => lagOf([600, 600], noises, seed).p ?? NaN);
    expectShare(`no lag, ${name}: p <= 0.05`, ps.filter((p) => p <= 0.05).length, [0, 0.075]);
    expectShare(`no lag, ${name}: p <= 0.5`, ps.filter((p) => p <= 0.5).length, [0.42, 0.58]);
  });

  it('of two octaves is found, with its size', () => {
    const lags = Array.from({ length: RUNS }, (_, seed) => lagOf([200, 803], [SPREAD, SPREAD], seed));
    expectShare('lag of 2 octaves: p <= 0.05', lags.filter(({ p }) => (p ?? 1) <= 0.05).length, [0.95, 1]);
    const held = lags.filter(({ low, high }) => (low ?? NaN) <= 2 && (high ?? NaN) >= 2).length;
    expectShare('lag of 2 octaves: interval', held, [0.91, 0.99]);
  });
});
