import { describe, expect, it } from 'vitest';
import { compareModels } from '../../src/analysis/emergence/compare.js';
import { emergence, settled } from '../../src/analysis/emergence/emergence.js';
import { judgeAll } from '../../src/analysis/emergence/judge-all.js';
import { stepScale } from '../../src/analysis/emergence/trajectory.js';
import { judge } from '../../src/analysis/emergence/verdict.js';
import { randomStream } from '../../src/domain/random.js';
import { declining, jumpTruth, logisticTruth, simulate, STEPS } from '../support/simulated-trajectories.js';

const FEW = { samples: 200, permutations: 199, seed: 4 };

describe('time', () => {
  it('is in octaves over the first positive step, with step 0 at 0', () => {
    const { unit, toOctaves, toStep } = stepScale([0, 512, 1000, 2000]);
    expect(unit).toBe(512);
    expect([0, 512, 1536].map(toOctaves)).toEqual([0, 1, 2]);
    expect(toStep(toOctaves(777))).toBeCloseTo(777, 9);
    expect(stepScale([0]).unit).toBe(1);
  });

  it.each([[[]], [[0, 2, 2]], [[4, 1]], [[-1, 3]]])('has no scale for steps %j', (steps) => {
    expect(() => stepScale(steps)).toThrow(RangeError);
  });
});

describe('emergence', () => {
  it('finds onset, middle and rate of a gradual rise', () => {
    const trajectory = simulate(logisticTruth(600, 2), { n: 1000, dispersion: 0.001 }, 1);
    const { judgement, logistic, isotonic, p } = emergence({ trajectory, ...FEW });
    expect(judgement).toMatchObject({ verdict: 'gradual', nullReason: null });
    expect(p).toBeLessThan(0.01);
    const onset = 601 * 2 ** -(Math.log(9) / 2) - 1; // 10 % of a logistic of rate 2
    for (const course of [logistic, isotonic]) {
      expect(course.halfway.step).toBeCloseTo(600, -2);
      expect(course.halfway.low.step).toBeLessThan(course.halfway.step ?? NaN);
      expect(course.halfway.high.step).toBeGreaterThan(course.halfway.step ?? NaN);
      expect(Math.abs((course.onset.step ?? NaN) / onset - 1)).toBeLessThan(0.25);
    }
    expect(logistic.rate).toBeCloseTo(2, 0);
    expect(logistic.rise).toBeCloseTo(0.93, 1);
  });

  it('calls a jump abrupt, and its time unknown between two steps', () => {
    const trajectory = simulate(jumpTruth(512), { n: 1000, dispersion: 0.01 }, 2);
    const { judgement, logistic, isotonic } = emergence({ trajectory, ...FEW });
    expect(judgement.verdict).toBe('abrupt');
    expect(judgement.abruptOverGradual).toBeGreaterThan(4);
    for (const { halfway } of [logistic, isotonic]) {
      expect(halfway.low.step).toBeCloseTo(384, 6);
      expect(halfway.high.step).toBeCloseTo(512, 6);
    }
  });

  it.each([
    ['values', simulate({ level: () => 0.3 }, { sd: 0.02 }, 5)],
    ['counts', simulate({ level: () => 0.3 }, { n: 400, dispersion: 0.01 }, 9)],
    ['no successes', { steps: STEPS, successes: STEPS.map(() => 0), trials: STEPS.map(() => 50) }],
    ['equal values', { steps: STEPS, values: STEPS.map(() => 0.25) }],
  ])('sees no change in constant %s', (_, trajectory) => {
    const { judgement, logistic } = emergence({ trajectory, ...FEW });
    expect(judgement).toMatchObject({ verdict: 'no_change', nullReason: null });
    expect(logistic.onset).toMatchObject({ step: null, nullReason: 'no_change' });
    expect(logistic.rate).toBeNull();
  });

  it('gives no verdict from nine steps', () => {
    const truth = { ...logisticTruth(100, 2), steps: STEPS.slice(0, 9) };
    const { judgement, logistic, p } = emergence({ trajectory: simulate(truth, { n: 900 }, 1), ...FEW });
    expect(judgement).toEqual({
      verdict: 'undetermined',
      nullReason: 'too_few_steps',
      abruptOverGradual: null,
    });
    expect(logistic.halfway.nullReason).toBe('too_few_steps');
    expect(p).toBeNull();
  });

  it('gives no verdict where noise hides the course', () => {
    const trajectory = simulate(logisticTruth(500, 3, 0.2, 0.45), { n: 60, dispersion: 0.05 }, 3);
    expect(emergence({ trajectory, ...FEW }).judgement).toMatchObject({
      verdict: 'undetermined',
      nullReason: 'models_too_close',
    });
  });

  it('gives no verdict where one step shows a rise under way', () => {
    const truth = {
      level: (t: number, at: (s: number) => number) => (t < at(64) ? 0 : t < at(128) ? 0.4 : 0.8),
    };
    const { judgement } = emergence({ trajectory: simulate(truth, { sd: 0.01 }, 6), ...FEW });
    expect(judgement).toMatchObject({ verdict: 'undetermined', nullReason: 'steps_too_coarse' });
  });

  it('takes the way to the peak where the level goes back', () => {
    const noise = { n: 512, dispersion: 0.01 };
    const slow = declining(logisticTruth(100, 2, 0.02, 0.7), 256, 0.08);
    const gradual = emergence({ trajectory: simulate(slow, noise, 1), ...FEW });
    expect(gradual).toMatchObject({ declines: true, judgement: { verdict: 'gradual' } });
    expect(gradual.stepsToPeak).toBeLessThan(15);
    expect(Math.abs((gradual.logistic.halfway.step ?? NaN) - 100)).toBeLessThan(20);
    const quick = declining(jumpTruth(128, 0.02, 0.7), 128, 0.08);
    const abrupt = emergence({ trajectory: simulate(quick, noise, 2), ...FEW });
    expect(abrupt).toMatchObject({ declines: true, judgement: { verdict: 'abrupt' } });
  });

  it('says when a time lies outside the measured steps', () => {
    const early = simulate(logisticTruth(3, 0.7, 0, 0.9), { n: 2000 }, 1);
    expect(emergence({ trajectory: early, ...FEW }).logistic.onset).toMatchObject({
      step: null,
      nullReason: 'before_first',
    });
    const late = simulate({ level: (t) => 0.01 + 0.02 * 2 ** ((t - 6) / 1.4) }, { n: 5000 }, 1);
    expect(emergence({ trajectory: late, ...FEW }).logistic.halfway).toMatchObject({ high: { step: null } });
  });

  it('subtracts chance within the counts', () => {
    const truth = logisticTruth(300, 1.5, 0, 0.5);
    const trajectory = simulate(truth, { n: 2000, chance: 0.2 }, 3);
    const { logistic } = emergence({ trajectory, ...FEW });
    expect(logistic.floor).toBeCloseTo(0, 1);
    expect(logistic.rise).toBeCloseTo(0.5, 1);
  });

  it('reads a falling curve as it reads a rising one', () => {
    const rising = simulate(logisticTruth(300, 1.5, 0.1, 0.8), { sd: 0.01 }, 3);
    const values = 'values' in rising ? Float64Array.from(rising.values, (value) => 1 - value) : [];
    const up = emergence({ trajectory: rising, ...FEW });
    const down = emergence({ trajectory: { steps: STEPS, values }, ...FEW });
    expect(down.logistic.rise).toBeCloseTo(-(up.logistic.rise ?? NaN), 6);
    expect(down.logistic.halfway.step).toBeCloseTo(up.logistic.halfway.step ?? NaN, 3);
    expect(down.isotonic.onset.step).toBeCloseTo(up.isotonic.onset.step ?? NaN, 6);
    expect(down.judgement.verdict).toBe(up.judgement.verdict);
  });

  it('is the same for the same seed and another for another', () => {
    const trajectory = simulate(logisticTruth(600, 2), { n: 300, dispersion: 0.01 }, 1);
    const once = emergence({ trajectory, ...FEW });
    expect(emergence({ trajectory, ...FEW }).logistic).toEqual(once.logistic);
    expect(emergence({ trajectory, ...FEW, seed: 5 }).logistic.halfway.low).not.toEqual(
      once.logistic.halfway.low,
    );
  });

  it('resamples prompts with their answers at all steps', () => {
    const { answers, trajectory } = promptAnswers(400);
    const { logistic } = emergence({ trajectory, prompts: { answers }, ...FEW });
    const { low, step, high } = logistic.halfway;
    expect(low.step).toBeLessThan(step ?? NaN);
    expect(high.step).toBeGreaterThan(step ?? NaN);
    const short = { answers: answers.slice(1) };
    expect(() => emergence({ trajectory, prompts: short, ...FEW })).toThrow(RangeError);
  });

  it('refuses counts that are none', () => {
    const trials = STEPS.map(() => 10);
    for (const successes of [trials.map(() => 11), trials.map(() => 0.5), [1]])
      expect(() => emergence({ trajectory: { steps: STEPS, successes, trials }, seed: 1 })).toThrow(
        RangeError,
      );
    expect(() => emergence({ trajectory: { steps: STEPS, values: STEPS.map(() => NaN) }, seed: 1 })).toThrow(
      RangeError,
    );
  });
});

describe('judge', () => {
  const comparison = compareModels(simulate(logisticTruth(600, 2), { n: 1000, dispersion: 0.01 }, 1));

  it('takes back a verdict whose adjusted p-value is too large', () => {
    expect(judge({ comparison, p: 0.01 }).verdict).toBe('gradual');
    expect(judge({ comparison, p: 0.06 })).toMatchObject({
      verdict: 'undetermined',
      nullReason: 'rise_too_small',
    });
  });

  it('takes back a verdict whose lead is below the margin', () => {
    const { abruptOverGradual } = judge({ comparison, p: 0.01 });
    expect(judge({ comparison, p: 0.01, margin: 1 - (abruptOverGradual ?? 0) })).toMatchObject({
      nullReason: 'models_too_close',
    });
  });
});

describe('settled', () => {
  it('takes times back where adjusted p-values find no change, and keeps them otherwise', () => {
    const found = emergence({
      trajectory: simulate(logisticTruth(600, 2), { n: 1000, dispersion: 0.01 }, 1),
      ...FEW,
    });
    const none = settled(found, {
      verdict: 'undetermined',
      nullReason: 'rise_too_small',
      abruptOverGradual: null,
    });
    expect(none.logistic.halfway).toMatchObject({ step: null, nullReason: 'no_change' });
    expect(none.isotonic.onset.low).toEqual({ step: null, nullReason: 'no_change' });
    expect(none.resampled).toBeNull();
    const close = { verdict: 'undetermined', nullReason: 'models_too_close', abruptOverGradual: 1 } as const;
    expect(settled(found, close)).toEqual({ ...found, judgement: close });
  });
});

describe('judgeAll', () => {
  it('adjusts over the trajectories that were tested', () => {
    const noise = { n: 1000, dispersion: 0.01 };
    const rising = emergence({ trajectory: simulate(logisticTruth(600, 2), noise, 1), ...FEW });
    const short = emergence({
      trajectory: simulate({ ...logisticTruth(9, 2), steps: [0, 4, 9] }, noise, 1),
      ...FEW,
    });
    const weak = { ...rising, p: 0.03 };
    expect(judgeAll([weak, short, rising]).map(({ p, judgement }) => [p, judgement.verdict])).toEqual([
      [0.03, 'gradual'],
      [null, 'undetermined'],
      [0.01, 'gradual'],
    ]);
    const many = judgeAll([weak, weak, rising]);
    expect(many.map(({ judgement }) => judgement.nullReason)).toEqual([
      'rise_too_small',
      'rise_too_small',
      null,
    ]);
    const discoveries = judgeAll([weak, weak, rising], 'benjamini_hochberg');
    expect(discoveries.map(({ p }) => p)).toEqual([0.03, 0.03, 0.015]);
  });
});

/** Prompts of different difficulty, each right from a step of its own on but for lapses. */
function promptAnswers(prompts: number) {
  const random = randomStream(1, 'answers');
  const { toOctaves } = stepScale(STEPS);
  const learnt = Array.from({ length: prompts }, () => toOctaves(500) + 0.9 * random.normal());
  const answers = STEPS.map((step) =>
    learnt.map((time) => (toOctaves(step) > time && random.uniform() < 0.95 ? 1 : 0)),
  );
  const successes = answers.map((row) => row.filter((right) => right === 1).length);
  return { answers, trajectory: { steps: STEPS, successes, trials: STEPS.map(() => prompts) } };
}
