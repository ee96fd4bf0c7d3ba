import { describe, expect, it } from 'vitest';
import { writeFixture } from '../../bench/fixture.js';
import { plannedJobs, type Plan } from '../../bench/jobs.js';
import { differences, parityRequest } from '../../bench/parts/parity.js';
import { ForwardFigures } from '../../bench/results.js';
import { forwardRate } from '../../bench/tasks/forward.js';
import { ourValues } from '../../bench/tasks/values.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { scratchFolder } from '../support/scratch.js';

const PLAN: Plan = {
  parts: [],
  engines: ['wasm'],
  ours: true,
  python: null,
  operators: ['all'],
  groups: [],
  shapes: [],
  threads: 1,
  smoke: true,
};

/** Takes the first measurement of a part at small sizes. */
async function measured(part: string): Promise<object | undefined> {
  const jobs = await plannedJobs(
    { ...PLAN, parts: [part] },
    { folder: scratchFolder(), fixtures: 'not read' },
  );
  return jobs[0]?.run();
}

describe('the benchmarks of our side, at small sizes', () => {
  it('run one whole step through the program, with work for every measure', async () => {
    const step = await measured('step');
    expect(step).toMatchObject({ part: 'step', engine: 'wasm', operators: '+-*/', prompts: 1143 });
    expect(step).toHaveProperty('measures.knockouts', expect.any(Number));
    expect(step).toHaveProperty(
      'weightBytes',
      expect.toSatisfy((bytes: number) => bytes > 800_000),
    );
    expect(step).toHaveProperty(
      'peak',
      expect.toSatisfy((bytes: number) => bytes > 50_000_000),
    );
  });

  it('classify in processes of their own', async () => {
    const found = await measured('classification');
    expect(found).toMatchObject({ nulls: false, prompts: 400 });
    expect(found).toHaveProperty(
      'neuronsPerSecond',
      expect.toSatisfy((rate: number) => rate > 0),
    );
  });

  it('count the products of a forward pass and leave no tensor', async () => {
    await startEngine('wasm');
    const before = liveTensors();
    const sizes = { layers: 2, prompts: 16, repeats: 1, side: 32 };
    const found = ForwardFigures.parse(await forwardRate({ engine: 'wasm', shape: 'small', ...sizes }));
    expect(liveTensors()).toBe(before);
    // 16 prompts x 2 tokens and 16 prefixes x 3 through weights of 64 x 64 and 64 x 256
    expect(found.sizes.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(2 * 2);
    expect(found.sizes.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^\d+ x 64 x \d+$/));
    expect(Object.values(found.kernels).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });

  it('hold results against the peer in its own order', async () => {
    const fixture = await writeFixture({ folder: scratchFolder(), fixtures: 'not read', smoke: true });
    const ours = await ourValues({ ...parityRequest(fixture), engine: 'wasm' });
    expect(differences(ours, ours).map(({ difference }) => difference)).toEqual(Array(9).fill(0));
    const [logit = 0, ...rest] = ours.logits;
    const shifted = { ...ours, logits: [logit + 1, ...rest] };
    const found = differences(shifted, ours).filter(({ difference, tolerance }) => difference > tolerance);
    expect(found.map(({ name }) => name)).toEqual(['logits']);
    expect(() => differences({ ...ours, nl: [] }, ours)).toThrow("nl: 0 values against the peer's 48");
  });
});
