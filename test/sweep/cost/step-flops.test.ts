import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../src/config/hub-suite.js';
import { parameterCount } from '../../../src/config/model-size.js';
import { resolveConfig } from '../../../src/config/sweep-config.js';
import { MEASURES } from '../../../src/domain/measure.js';
import { stepFlops, type StepSize } from '../../../src/sweep/cost/step-flops.js';
import { shippedManifest } from '../../support/manifests.js';

const EXACT = 512;

async function sizeOf(suite: string, settings: Record<string, unknown> = {}): Promise<StepSize> {
  const shape = shapeOf(await shippedManifest(suite));
  return {
    shape,
    config: resolveConfig('the test', settings),
    measures: new Set(MEASURES),
    maxOperand: 300,
    maxAnswer: 530,
    firstLayer: shape.nLayers / 2,
    exactNeurons: EXACT,
  };
}

const sum = (flops: ReadonlyMap<string, number>): number => [...flops.values()].reduce((a, b) => a + b, 0);

describe('operations of a step', () => {
  it('of the pass are two tokens a prompt, one in the last block, and the unembedding', async () => {
    const size = await sizeOf('pythia-70m');
    const { dModel: d, dVocab, nLayers } = size.shape;
    const body = parameterCount(size.shape) - 2 * d * dVocab;
    const prompts = 225_686;
    // 5 of 6 blocks with two tokens, and one with a token and the keys and values of two
    const expected = 2 * prompts * ((body * (2 * (nLayers - 1) + 1.25)) / nLayers + d * dVocab);
    const found = stepFlops(await sizeOf('pythia-70m', { measures: ['accuracy'] })).get('accuracy') ?? 0;
    expect(found / expected).toBeGreaterThan(0.97);
    expect(found / expected).toBeLessThan(1.08); // prefixes, rotation and sums
  });

  it('are those of the measures that are taken', async () => {
    const size = await sizeOf('pythia-70m');
    const all = stepFlops(size);
    expect([...all.keys()].sort()).toEqual(
      MEASURES.filter((measure) => measure !== 'failures' && measure !== 'maps').sort(),
    );
    expect(Math.min(...all.values())).toBeGreaterThan(0);
    const two = stepFlops({ ...size, measures: new Set(['accuracy', 'probe']) });
    expect([...two.keys()].sort()).toEqual(['accuracy', 'probe']);
    expect(two.get('probe')).toBe(all.get('probe'));
  });

  it('grow with prompts, neurons and layers', async () => {
    const size = await sizeOf('pythia-70m');
    const at = (change: Partial<StepSize>) => stepFlops({ ...size, ...change });
    const base = at({});
    const fewer = at({ maxOperand: 150, maxAnswer: 530 });
    expect(fewer.get('accuracy')).toBeLessThan(0.5 * (base.get('accuracy') ?? 0));
    expect(at({ exactNeurons: 2 * EXACT }).get('attribution')).toBeGreaterThan(
      1.6 * (base.get('attribution') ?? 0),
    );
    const deep = at({ shape: { ...size.shape, nLayers: 12 }, firstLayer: 6 });
    expect(deep.get('components')).toBeGreaterThan(1.9 * (base.get('components') ?? 0));
    const one = await sizeOf('pythia-70m', { operators: ['+'] });
    expect(sum(stepFlops(one))).toBeLessThan(0.5 * sum(base));
  });
});
