import { describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import { firstProbeLayer } from '../../src/patching/first-probe-layer.js';
import type { ProbeResult } from '../../src/patching/probe.js';

/** Probes at the last position of layers 0, 1, ... with these test accuracies. */
function results(accuracies: readonly (number | null)[], baseline = 0.1, position = 4): ProbeResult[] {
  return accuracies.map((testAccuracy, layer) => ({
    layer: layerIndex(layer),
    position,
    classes: 20,
    train: 400,
    test: 100,
    trainAccuracy: 1,
    testAccuracy,
    testLoss: 1,
    majorityBaseline: testAccuracy === null ? null : baseline,
    reason: testAccuracy === null ? 'too_few_prompts' : null,
  }));
}

describe('the first layer that yields the answer', () => {
  it('is the first to reach half of the best', () => {
    expect(firstProbeLayer(results([0.1, 0.3, 0.44, 0.46, 0.9, 0.8]))).toBe(3);
  });

  it('moves with the share asked for', () => {
    const probes = results([0.1, 0.3, 0.44, 0.46, 0.9, 0.8]);
    expect([0.3, 0.9, 1].map((share) => firstProbeLayer(probes, { share }))).toEqual([1, 4, 4]);
  });

  it('goes by the mean over operators', () => {
    const [one, other] = [results([0.9, 0.9, 0.9]), results([0.1, 0.1, 0.95])];
    expect(firstProbeLayer(other)).toBe(2);
    expect(firstProbeLayer([...one, ...other])).toBe(0);
    expect(firstProbeLayer([...one, ...other], { share: 0.6 })).toBe(2);
  });

  it('regards the last position only', () => {
    expect(firstProbeLayer([...results([0.9, 0.9], 0.1, 3), ...results([0.1, 0.9])])).toBe(1);
  });

  it('leaves out what was not measured', () => {
    expect(firstProbeLayer([...results([null, null, null]), ...results([0.1, 0.2, 0.9])])).toBe(2);
    expect(firstProbeLayer(results([null, null]))).toBeNull();
    expect(firstProbeLayer([])).toBeNull();
  });

  it('is none where no layer is surely better than the most frequent answer', () => {
    expect(firstProbeLayer(results([0.4, 0.45, 0.5], 0.42))).toBeNull();
    expect(firstProbeLayer(results([0.4, 0.45, 0.6], 0.42))).toBe(2);
  });

  it('is none that is at chance itself, though it reached the share', () => {
    expect(firstProbeLayer(results([0.42, 0.45, 0.7], 0.42))).toBe(2);
  });
});
