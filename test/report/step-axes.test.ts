import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepAxes } from '../../src/report/charts/step-axes.js';

const withTokens = (steps: readonly number[], perStep: number) =>
  steps.map((step) => ({ step, tokens: step * perStep }));
const without = (steps: readonly number[]) => steps.map((step) => ({ step, tokens: null }));
const named = (axes: ReturnType<typeof stepAxes>, name: string) => {
  const found = axes.find((axis) => axis.name === name);
  if (found === undefined) throw new Error(`no axis ${name}`);
  return found.params;
};

describe('axes of training', () => {
  it('begin with logarithmic steps', () => {
    const [{ name, params }] = stepAxes(without([0, 512, 143_000]));
    expect(name).toBe('log');
    expect(params.stepTicks).toEqual([0, 1000, 10_000, 100_000]);
    expect(params.stepLabels).toEqual(['0', '1,000', '10,000', '100,000']);
    expect(params.stepTitle).toBe('training step');
  });

  it('are of tokens only where tokens are known of every checkpoint', () => {
    const names = (axes: ReturnType<typeof stepAxes>) => axes.map(({ name }) => name);
    expect(names(stepAxes(without([0, 10])))).toEqual(['log', 'linear']);
    expect(names(stepAxes([...withTokens([0, 10], 5), ...without([20])]))).toEqual(['log', 'linear']);
    expect(names(stepAxes(withTokens([0, 10], 5)))).toEqual(['log', 'linear', 'tokens', 'linear-tokens']);
  });

  it('of tokens stand where so many tokens had been seen', () => {
    const axes = stepAxes(withTokens([0, 1, 512, 143_000], 2_097_152));
    const { stepTicks, stepLabels, stepTitle } = named(axes, 'tokens');
    expect(stepTitle).toBe('training tokens');
    expect(stepLabels).toEqual(['0', '10M', '100M', '1B', '10B', '100B']);
    expect(stepTicks.map(Math.round)).toEqual([0, 5, 48, 477, 4768, 47_684]);
    expect(named(axes, 'linear-tokens').stepLabels).toEqual(['0', '100B', '200B']);
  });

  it('of tokens follow batches that grew', () => {
    const { stepTicks, stepLabels } = named(
      stepAxes([
        { step: 0, tokens: 0 },
        { step: 10, tokens: 1000 },
        { step: 20, tokens: 101_000 },
      ]),
      'linear-tokens',
    );
    expect(stepLabels).toEqual(['0', '50k', '100k']);
    expect(stepTicks[1]).toBeCloseTo(10 + 4.9);
    expect(stepTicks[2]).toBeCloseTo(19.9);
  });

  it('are linear by a constant far above the last step, and unbroken', () => {
    const { stepConstant, stepBreak, stepTicks } = named(stepAxes(without([0, 1, 4000])), 'linear');
    const place = (step: number) => Math.log1p(step / stepConstant);
    expect(place(1000) / place(4000)).toBeCloseTo(0.25, 6);
    expect(stepBreak).toBe(0);
    expect(stepTicks).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  it('have labels for all their ticks, in order and within the training', () => {
    const steps = fc.uniqueArray(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 0, maxLength: 20 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4_000_000 }), (some, perStep) => {
        for (const { params } of stepAxes(withTokens(some, perStep))) {
          const { stepTicks, stepLabels, stepConstant } = params;
          expect(stepLabels).toHaveLength(stepTicks.length);
          expect(stepConstant).toBeGreaterThan(0);
          expect([...stepTicks].sort((a, b) => a - b)).toEqual(stepTicks);
          for (const tick of stepTicks) expect(tick).toBeLessThanOrEqual(Math.max(1, ...some));
        }
      }),
    );
  });
});
