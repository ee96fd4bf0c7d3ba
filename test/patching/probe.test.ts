import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import { applyOperator, type Operator } from '../../src/domain/operator.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { randomStream } from '../../src/domain/random.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { fitClassifier } from '../../src/patching/linear-classifier.js';
import { PAPER_PROBE, standardise, trainProbes, type ProbeResult } from '../../src/patching/probe.js';
import type { Residuals } from '../../src/patching/residuals.js';

const D_MODEL = 10;
/** The one place where the answer can be read. */
const PLANTED = { layer: 1, position: 3 };

beforeAll(async () => {
  await startEngine('wasm');
});

/** Distinct prompts with answers 0 .. 5, the most frequent one 2 in 7 times. */
function somePrompts(count: number, seed = 0): Prompt[] {
  const random = randomStream(seed, 'prompts');
  return Array.from({ length: count }, (_, op2) => {
    const answer = random.int(0, 6) % 6;
    return { operator: '-', op1: op2 + answer, op2, answer };
  });
}

/** Two layers and two positions of noise at odd scales, the answer's direction added at one site. */
function planted(answers: readonly number[]): Residuals {
  const random = randomStream(1, 'noise');
  const direction = Array.from({ length: 6 }, () => Array.from({ length: D_MODEL }, () => random.normal()));
  const sites = [0, 1].flatMap((layer) =>
    [3, 4].map((position) => {
      const here = layer === PLANTED.layer && position === PLANTED.position;
      const values = answers.flatMap((answer) =>
        Array.from({ length: D_MODEL }, (_, i) => {
          const scale = 10 ** ((i % 5) - 2); // standardising must make up for it
          const signal = here ? (direction[answer]?.[i] ?? 0) : 0;
          return 7 + scale * (signal + 0.1 * random.normal());
        }),
      );
      return { layer: layerIndex(layer), position, values: Float32Array.from(values) };
    }),
  );
  return { prompts: answers.length, dModel: D_MODEL, sites };
}

const answersOf = (prompts: readonly Prompt[]): number[] => prompts.map(({ answer }) => answer);

function at(results: readonly ProbeResult[], layer: number, position: number): ProbeResult {
  const found = results.find((result) => result.layer === layer && result.position === position);
  if (found === undefined) throw new Error(`no probe at ${layer}.${position}`);
  return found;
}

describe('probes', () => {
  const prompts = somePrompts(400);
  const settings = { batch: 64, epochs: 8 };

  it('read a planted signal where it is, and only there', async () => {
    const before = liveTensors();
    const results = await trainProbes({ residuals: planted(answersOf(prompts)), prompts, settings });
    expect(liveTensors()).toBe(before);
    expect(results).toHaveLength(4);
    for (const result of results) {
      expect(result).toMatchObject({ classes: 6, train: 320, test: 80, reason: null });
      const { layer, position, majorityBaseline, testAccuracy, testLoss } = result;
      expect(majorityBaseline).toBeGreaterThan(0.15);
      expect(majorityBaseline).toBeLessThan(0.4);
      if (layer === PLANTED.layer && position === PLANTED.position) {
        expect(testAccuracy).toBeGreaterThan(0.97);
        expect(testLoss).toBeLessThan(0.3);
      } else {
        expect(testAccuracy).toBeLessThan((majorityBaseline ?? 0) + 0.1);
        expect(testLoss).toBeGreaterThan(1.5);
      }
    }
  });

  it('of answers that were shuffled stay at chance', async () => {
    const residuals = planted(answersOf(prompts));
    const shuffled = somePrompts(400, 9);
    const results = await trainProbes({ residuals, prompts: shuffled, settings });
    const { testAccuracy, majorityBaseline } = at(results, 1, 3);
    expect(testAccuracy).toBeLessThan((majorityBaseline ?? 0) + 0.1);
  });

  it('give the same values for the same seed, others for another', async () => {
    const residuals = planted(answersOf(prompts));
    const [a, b, c] = await Promise.all(
      [4, 4, 5].map((seed) => trainProbes({ residuals, prompts, settings: { ...settings, seed } })),
    );
    expect(a).toEqual(b);
    expect(a?.map((r) => r.testLoss)).not.toEqual(c?.map((r) => r.testLoss));
  });

  it('take the paper’s settings, which need more epochs', async () => {
    const residuals = planted(answersOf(prompts));
    const [few, many] = await Promise.all(
      [1, 60].map((epochs) => trainProbes({ residuals, prompts, settings: { ...PAPER_PROBE, epochs } })),
    );
    expect(at(few ?? [], 1, 3).testLoss).toBeGreaterThan(1.4);
    expect(at(many ?? [], 1, 3).testAccuracy).toBeGreaterThan(0.9);
  });

  it.each([
    [40, 'too_few_prompts', somePrompts(40)],
    [100, 'constant', somePrompts(100).map((prompt) => ({ ...prompt, op1: prompt.op2, answer: 0 }))],
  ] as const)('of %i prompts say %s, not 0', async (count, reason, few) => {
    const results = await trainProbes({ residuals: planted(answersOf(few)), prompts: few });
    expect(results).toHaveLength(4);
    for (const result of results)
      expect(result).toMatchObject({
        reason,
        train: 0.8 * count,
        trainAccuracy: null,
        testAccuracy: null,
        testLoss: null,
        majorityBaseline: null,
      });
  });

  it('refuse residuals of other prompts', async () => {
    const residuals = planted(answersOf(prompts));
    await expect(trainProbes({ residuals, prompts: prompts.slice(1) })).rejects.toThrow(RangeError);
  });

  it('stop where the caller says, and leave nothing behind', async () => {
    const before = liveTensors();
    let calls = 0;
    const onBatch = (): Promise<void> =>
      ++calls === 5 ? Promise.reject(new Error('stop')) : Promise.resolve();
    const residuals = planted(answersOf(prompts));
    await expect(
      trainProbes({ residuals, prompts, settings: { ...settings, l2: 0.1 }, onBatch }),
    ).rejects.toThrow('stop');
    expect(liveTensors()).toBe(before);
  });
});

describe('the split', () => {
  /** Every prompt a op b with operands below 20; the residual is one number for each unordered pair, and no more. */
  function twins(operator: Operator): { prompts: Prompt[]; residuals: Residuals } {
    const pairs = Array.from({ length: 400 }, (_, i) => [Math.floor(i / 20), i % 20] as const);
    const prompts = pairs.flatMap(([op1, op2]) => {
      const answer = applyOperator(operator, op1, op2) % 12;
      return op1 === op2 || answer < 0 ? [] : [{ operator, op1, op2, answer }];
    });
    const size = 190; // unordered pairs
    const values = new Float32Array(prompts.length * size);
    prompts.forEach(({ op1, op2 }, p) => {
      const [low, high] = [Math.min(op1, op2), Math.max(op1, op2)];
      values[p * size + (high * (high - 1)) / 2 + low] = 1;
    });
    const site = { layer: layerIndex(0), position: 4, values };
    return { prompts, residuals: { prompts: prompts.length, dModel: size, sites: [site] } };
  }

  it.each(['+', '*'] as const)('keeps the twins of %s together unless told otherwise', async (operator) => {
    const accuracy = async (by?: 'prompt'): Promise<number> => {
      const settings = { epochs: 20, batch: 64, ...(by && { by }) };
      const [result] = await trainProbes({ ...twins(operator), settings });
      expect(result?.train).toBe(304);
      return result?.testAccuracy ?? NaN;
    };
    expect(await accuracy()).toBeLessThan(0.35); // nothing seen in training helps
    expect(await accuracy('prompt')).toBeGreaterThan(0.6); // most test prompts have a twin in training
  });
});

describe('standardised features', () => {
  it('have mean 0 and deviation 1 over the training prompts, then a 1', () => {
    const values = Float32Array.of(1, 5, 100, 3, 5, -100, 8, 5, 50, 90, 6, 1);
    const { width, features } = standardise(values, new Int32Array(4), [0, 1, 2]);
    expect(width).toBe(4);
    const column = (i: number): number[] => [0, 1, 2, 3].map((row) => features[row * 4 + i] ?? NaN);
    const [a, b, , one] = [0, 1, 2, 3].map(column);
    expect(a?.slice(0, 3).reduce((x, y) => x + y, 0)).toBeCloseTo(0, 5);
    expect(a?.slice(0, 3).reduce((x, y) => x + y * y, 0)).toBeCloseTo(3, 5);
    expect(a?.[3]).toBeCloseTo((90 - 4) / Math.sqrt(26 / 3), 4);
    expect(b).toEqual([0, 0, 0, 0]); // does not vary in training
    expect(one).toEqual([1, 1, 1, 1]);
  });
});

describe('a classifier', () => {
  it('under an L2 penalty has smaller weights, but not a smaller bias', async () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const features = Float32Array.from([...labels].flatMap((label) => [label - 0.33, 1]));
    const fit = async (l2: number): Promise<Float32Array> => {
      const settings = { learningRate: 0.05, batch: 60, epochs: 200, l2, seed: 0 };
      const weights = await fitClassifier({ examples: { width: 2, features, labels }, classes: 2, settings });
      const values = Float32Array.from(weights.dataSync());
      weights.dispose();
      return values;
    };
    const [free, bound] = [await fit(0), await fit(10)];
    expect(Math.abs(bound[0] ?? NaN)).toBeLessThan(0.1 * Math.abs(free[0] ?? NaN));
    // With weights held near 0 the bias gives the classes' shares, 2 to 1.
    expect((bound[2] ?? NaN) - (bound[3] ?? NaN)).toBeCloseTo(Math.log(2), 1);
  });
});
