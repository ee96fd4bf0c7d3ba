import { describe, expect, it } from 'vitest';
import { auditRuns } from '../../src/audit/audit-run.js';
import type { StepCheckpoint } from '../../src/audit/facts.js';
import { randomStream } from '../../src/domain/random.js';
import { listed, runOf, tensorsOf } from './runs.js';

const NAMES = Array.from({ length: 8 }, (_, i) => `matrix ${i}`);

type Weights = Readonly<Record<string, Float32Array>>;

function draw(purpose: string, scale: number): Weights {
  return Object.fromEntries(
    NAMES.map((name) => {
      const random = randomStream(3, purpose, name);
      return [name, Float32Array.from({ length: 64 }, () => scale * random.normal())];
    }),
  );
}

const plus = (a: Weights, b: Weights): Weights =>
  Object.fromEntries(
    NAMES.map((name) => [name, (a[name] ?? new Float32Array()).map((x, i) => x + (b[name]?.[i] ?? 0))]),
  );

/** Five checkpoints, each some way on from the one before. */
function training(start: Weights, scale: number, steps = [0, 1, 2, 4, 8]): StepCheckpoint[] {
  let weights = start;
  return steps.map((step, i) => {
    if (i > 0) weights = plus(weights, draw(`update ${i}`, scale));
    return { ...listed(`file ${step}`, { tensors: tensorsOf(weights) }), step };
  });
}

const found = (checkpoints: readonly StepCheckpoint[]): string[] =>
  auditRuns({ runs: [runOf(checkpoints)], faults: [] }).map(
    ({ step, kind, severity, evidence }) => `${step} ${kind} ${severity}: ${evidence}`,
  );

const init = draw('init', 0.02);
const other = draw('another init', 0.02);

describe('a run that does not descend from its first checkpoint', () => {
  it('is seen, and where it begins anew', () => {
    const [, ...later] = training(init, 0.002);
    const [first] = training(other, 0.002);
    if (first === undefined) throw new Error('empty');
    const [finding, ...more] = found([first, ...later]);
    expect(finding).toMatch(
      /^1 unrelated_run warning: its matrices correlate by -?0\.[01]\d with step 0 and by (0\.9\d|1\.00)/,
    );
    expect(more).toEqual([]);
  });

  it('is told from one that goes on, slowly or fast, from a small beginning too', () => {
    for (const scale of [0.0001, 0.005, 0.03]) expect(found(training(init, scale))).toEqual([]);
    expect(found(training(draw('small init', 0.001), 0.03))).toEqual([]);
  });

  it('cannot be told where much training lies between the first two', () => {
    const [first] = training(other, 0.002);
    const [, ...later] = training(init, 0.002, [0, 1000, 1001, 1002, 1003]);
    if (first === undefined) throw new Error('empty');
    expect(found([first, ...later])).toEqual([]);
  });

  it('is linked with the report that knows of it', () => {
    const [, ...later] = training(init, 0.002);
    const [first] = training(other, 0.002);
    if (first === undefined) throw new Error('empty');
    const fault = {
      kind: 'unrelated_run',
      state: 'present',
      expected: false,
      note: 'Seen.',
      report: 'https://example.org/1',
      covers: (_seed: number, step: number) => step >= 1,
    } as const;
    expect(auditRuns({ runs: [runOf([first, ...later])], faults: [fault] })).toMatchObject([
      { step: 1, kind: 'unrelated_run', report: 'https://example.org/1' },
    ]);
  });
});
