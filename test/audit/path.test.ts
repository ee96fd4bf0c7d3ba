import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditRuns } from '../../src/audit/audit-run.js';
import type { StepCheckpoint } from '../../src/audit/facts.js';
import { randomStream } from '../../src/domain/random.js';
import { listed, runOf, tensorsOf } from './runs.js';

const NAMES = ['embed', 'mlp', 'out'];
const WIDTH = 64;

/** How a training goes: how much of it is a straight way, how much a random walk, and how fast it slows down. */
interface Course {
  readonly seed: number;
  readonly walk: number;
  readonly slowing: number;
  readonly points: number;
}

const course = fc.record({
  seed: fc.nat(1000),
  walk: fc.double({ min: 0, max: 1, noNaN: true }),
  slowing: fc.double({ min: 0, max: 2, noNaN: true }),
  points: fc.integer({ min: 6, max: 30 }),
});

/** Weights at each step of a course, by tensor. */
function weightsOf({ seed, walk, slowing, points }: Course): Record<string, Float32Array>[] {
  const perTensor = NAMES.map((name) => {
    const random = randomStream(seed, name);
    const draw = (): Float32Array => Float32Array.from({ length: WIDTH }, () => random.normal());
    const [start, way] = [draw(), draw()];
    let at = start.map((x) => 0.05 * x);
    return Array.from({ length: points }, (_, i) => {
      const size = 0.2 / (i + 1) ** slowing;
      const step = draw();
      at = at.map((x, j) => x + (i === 0 ? 0 : size * ((way[j] ?? 0) + walk * (step[j] ?? 0))));
      return at;
    });
  });
  return Array.from({ length: points }, (_, i) =>
    Object.fromEntries(NAMES.map((name, n) => [name, perTensor[n]?.[i] ?? new Float32Array(WIDTH)])),
  );
}

const asCheckpoints = (weights: readonly Record<string, Float32Array>[]): StepCheckpoint[] =>
  weights.map((values, i) => ({ ...listed(`file ${i}`, { tensors: tensorsOf(values) }), step: 10 * i }));

const found = (checkpoints: readonly StepCheckpoint[]): unknown[][] =>
  auditRuns({ runs: [runOf(checkpoints)], faults: [] }).map(({ step, kind }) => [step, kind]);

describe('weights off the path', () => {
  it('are none on whatever course a training takes', () => {
    fc.assert(
      fc.property(course, (given) => {
        expect(found(asCheckpoints(weightsOf(given)))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('are found where a checkpoint of the first half is exchanged for one close to the last', () => {
    fc.assert(
      fc.property(course, fc.nat(), (given, at) => {
        const weights = weightsOf({ ...given, slowing: given.slowing / 2 });
        const i = at % Math.floor(weights.length / 2);
        const last = weights.at(-1) ?? {};
        // Not the same file nor the same values: a copy of another precision, say.
        weights[i] = Object.fromEntries(
          Object.entries(last).map(([name, data]) => [name, data.map((x) => x * (1 + 1e-4))]),
        );
        expect(found(asCheckpoints(weights))).toEqual([[10 * i, 'out_of_place']]);
      }),
      { numRuns: 100 },
    );
  });

  it('are found where one jumps to other weights and back', () => {
    const weights = weightsOf({ seed: 3, walk: 0.3, slowing: 0.5, points: 12 });
    const other = weightsOf({ seed: 4, walk: 0.3, slowing: 0.5, points: 12 });
    weights[7] = other[7] ?? {};
    expect(found(asCheckpoints(weights))).toEqual([[70, 'out_of_place']]);
  });

  it('are found where the norm jumps and comes back', () => {
    const weights = weightsOf({ seed: 3, walk: 0.3, slowing: 0.5, points: 12 });
    weights[5] = Object.fromEntries(
      Object.entries(weights[5] ?? {}).map(([name, data]) => [name, data.map((x) => 8 * x)]),
    );
    const [finding] = auditRuns({ runs: [runOf(asCheckpoints(weights))], faults: [] });
    expect(finding).toMatchObject({ step: 50, kind: 'out_of_place', severity: 'bad' });
    const [before, at, after] = (/goes (\S+), (\S+), (\S+);/.exec(finding?.evidence ?? '') ?? [])
      .slice(1)
      .map(Number);
    expect(at).toBeGreaterThan(4 * Math.max(before ?? Infinity, after ?? Infinity));
  });
});
