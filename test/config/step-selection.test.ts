import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inSteps, listSteps, selectSteps } from '../../src/config/step-selection.js';
import { UnknownNameError, UsageError } from '../../src/errors/errors.js';

/** The steps of Pythia. */
const PYTHIA = listSteps('0,1,2,4,8,16,32,64,128,256,512,1000..143000:1000');

describe('a selection of steps', () => {
  it.each<[string, number[]]>([
    ['0,512,1000..5000:2000', [0, 512, 1000, 3000, 5000]],
    ['every:50000', [0, 50_000, 100_000]],
    ['last:2', [142_000, 143_000]],
    ['last:1, 4 ,0', [0, 4, 143_000]],
    ['3..20', [4, 8, 16]],
    ['0..2000:500', [0, 1000, 2000]],
    [
      'log',
      [
        0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 4000, 8000, 16_000, 33_000, 66_000, 131_000,
        143_000,
      ],
    ],
    [
      'log,last:2,3000',
      [
        0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 4000, 8000, 16_000, 33_000, 66_000,
        131_000, 142_000, 143_000,
      ],
    ],
  ])('%s', (text, chosen) => {
    expect(selectSteps(text, [...PYTHIA].reverse())).toEqual(chosen);
  });

  it('takes all of them for `all` and for none said', () => {
    expect(PYTHIA).toHaveLength(154);
    expect(selectSteps('all', PYTHIA)).toEqual(PYTHIA);
    expect(selectSteps('', PYTHIA)).toEqual(PYTHIA);
    expect(selectSteps('all', [7, 3, 7])).toEqual([3, 7]);
  });

  it('finds powers of two where steps are coarse, but no step twice as far', () => {
    const coarse = [240_000, 480_000, 720_000, 960_000, 1_200_000];
    expect(selectSteps('log', coarse)).toEqual([240_000, 480_000, 960_000, 1_200_000]);
    expect(selectSteps('log', [5, 1_000_000])).toEqual([5, 1_000_000]);
    expect(selectSteps('log', [])).toEqual([]);
  });

  it('offers the nearest step for one that is not there', () => {
    expect(() => selectSteps('0,513', PYTHIA)).toThrow(
      expect.objectContaining({
        message: "unknown step '513'",
        next: expect.stringContaining("'512'") as string,
      }),
    );
    expect(() => selectSteps('600', PYTHIA)).toThrow(UnknownNameError);
  });

  it.each([
    'some',
    '1,',
    '-1',
    '1.5',
    'every:0',
    'every:',
    'last:0',
    'last:-1',
    '5..1',
    '1..5:0',
    '1..',
    '0x10',
    '99999999999999999999',
    'every:7919',
    '144000..150000',
  ])("refuses '%s'", (text) => {
    expect(() => selectSteps(text, PYTHIA.slice(1))).toThrow(UsageError);
  });

  const available = fc.uniqueArray(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 60 });
  const item = (steps: readonly number[]): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constantFrom('all', 'log'),
      fc.integer({ min: 1, max: 20 }).map((n) => `last:${n}`),
      fc.integer({ min: 1, max: 5000 }).map((n) => `every:${n}`),
      fc.constantFrom(...steps).map(String),
      fc
        .tuple(
          fc.constantFrom(...steps),
          fc.integer({ min: 0, max: 50_000 }),
          fc.integer({ min: 1, max: 900 }),
        )
        .chain(([first, length, stride]) =>
          fc.constantFrom(`${first}..${first + length}`, `${first}..${first + length}:${stride}`),
        ),
    );
  const chosen = available.chain((steps) =>
    fc.record({
      steps: fc.constant(steps),
      text: fc.array(item(steps), { minLength: 1, maxLength: 4 }).map((items) => items.join(',')),
    }),
  );

  it('is a sorted part of what exists, and chooses all of itself again', () => {
    fc.assert(
      fc.property(chosen, ({ steps, text }) => {
        let first: number[];
        try {
          first = selectSteps(text, steps);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError); // `every:N` of which there is no multiple
          return;
        }
        expect(first.every((step) => steps.includes(step))).toBe(true);
        expect(first).toEqual([...new Set(first)].sort((a, b) => a - b));
        expect(selectSteps(text, first)).toEqual(first);
      }),
      { seed: 3, numRuns: 400 },
    );
  });
});

describe('a list of steps', () => {
  it('is written out, and says which steps are in it', () => {
    expect(listSteps('8,1..3:1,2')).toEqual([1, 2, 3, 8]);
    expect([0, 1, 3, 4, 7, 8].filter((step) => inSteps('8,1..3', step))).toEqual([1, 3, 8]);
    expect(inSteps('0..10:5', 7)).toBe(false);
  });

  it.each(['all', 'log', '1..5', 'last:3', '0..9007199254740991:1'])("does not list '%s'", (text) => {
    expect(() => listSteps(text)).toThrow(UsageError);
  });

  it('is no place for what depends on the other steps', () => {
    expect(() => inSteps('last:3', 4)).toThrow(UsageError);
  });
});
