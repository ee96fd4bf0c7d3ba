import { describe, expect, it } from 'vitest';
import { Measurement, median, renewed, type Found, type Occasion } from '../../bench/results.js';
import { roofline } from '../../bench/report/roofline.js';
import { summarisePeer, summariseStep, COMPARISONS, peerTotal } from '../../bench/report/summaries.js';
import { reportText } from '../../bench/report/write-report.js';

const OCCASION: Occasion = {
  date: '2026-11-23 16:00',
  machine: { cpu: 'a processor', cores: 2, memory: 24e9, versions: { node: '20.20.0' }, load: 0.1 },
  smoke: false,
};
const at = (found: Found): Measurement => Measurement.parse({ ...found, ...OCCASION });

const step = (operators: string, accuracy: number, components: number): Measurement =>
  at({
    ...{ part: 'step', engine: 'wasm', operators, prompts: 1000, peak: 2e9, weightBytes: 1e9 },
    measures: { accuracy, components, probe: 3 },
    seconds: accuracy + components + 3,
  });

/** Every stage of the peer, the slices of the first two as stated. */
const peer = (seconds: number): Measurement =>
  at({
    ...{ part: 'peer', group: 'passes', versions: { torch: '2' }, threads: 2, peak: 3e9 },
    stages: COMPARISONS.flatMap(({ stages }) => stages).map((name) => ({
      ...{ name, unit: name.startsWith('ranking') ? 'neurons (+)' : 'prompts' },
      ...{ timed: 10, whole: 1000, seconds: name.startsWith('accuracy') ? seconds : 1 },
    })),
  });

describe('results', () => {
  it('replace measurements of the same thing, or add to them', () => {
    const old = [step('+', 10, 1), step('-', 20, 1)];
    const found = [step('+', 30, 1)];
    expect(renewed(old, found, false)).toEqual([old[1], found[0]]);
    expect(renewed(old, found, true)).toEqual([...old, ...found]);
  });

  it('take the middle of odd and of even numbers', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 2, 8])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('one step', () => {
  it('is the median of whole runs, with five sets of pairs', () => {
    const runs = [step('+-*/', 10, 2), step('+-*/', 30, 4), step('+-*/', 20, 3), step('+', 900, 1)];
    const found = summariseStep(runs, 'wasm');
    expect(found).toMatchObject({ seconds: 26, comparable: 26 + 4 * 3, peak: 2e9, rounds: 3, prompts: 1000 });
    expect(found?.measures.get('accuracy')).toBe(20);
  });

  it('is the sum of its operators where each was run alone, and null until all are', () => {
    const three = [step('+', 10, 1), step('-', 20, 1), step('/', 30, 2)];
    expect(summariseStep(three, 'wasm')).toBeNull();
    const found = summariseStep([...three, step('*', 5, 1)], 'wasm');
    expect(found).toMatchObject({ seconds: 65 + 5 + 12, peak: null, prompts: 4000 });
    expect(found?.measures.get('components')).toBe(5);
  });
});

describe('measures that run side by side', () => {
  it('share the seconds of the clock', () => {
    const one = step('+-*/', 60, 27); // 90 s of threads
    const found = summariseStep([{ ...one, ...{ seconds: 30 } }], 'wasm');
    expect(found?.measures.get('accuracy')).toBeCloseTo(20, 9);
    expect(found?.comparable).toBeCloseTo(30 + 4 * 9, 9);
  });
});

describe('the peer', () => {
  it('is scaled from slices, medians over rounds', () => {
    const stages = summarisePeer([peer(2), peer(4), peer(9)]);
    expect(stages[0]).toMatchObject({ name: 'accuracy over the universe', sliceSeconds: 4, seconds: 400 });
    expect(peerTotal(stages)).toBe(400 + (stages.length - 1) * 100);
    expect(peerTotal(stages.slice(1))).toBeNull();
  });
});

describe('the page', () => {
  const forward: Found = {
    ...{ part: 'forward', engine: 'wasm', shape: 'pythia-70m', layers: 6, rows: 2048 },
    ...{ body: 18, products: 20, peak: 25, bandwidth: 10, intensity: 12 },
    sizes: [{ name: '2048 x 512 x 512', count: 24, intensity: 110, rate: 20 }],
    kernels: { BatchMatMul: 0.9, Erf: 0.1 },
  };

  it('says which figures are met, which not, and which were not measured', async () => {
    const memory: Found = {
      ...{
        part: 'memory',
        engine: 'wasm',
        checkpoints: 100,
        firstHalf: 100,
        secondHalf: 105,
        tenths: [98e6, 105e6],
      },
    };
    const text = await reportText([step('+-*/', 40, 4), peer(2), at(forward), at(memory)]);
    expect(text).toContain('| at least 85.0 % | 90.0 % | yes |');
    expect(text).toContain('| within 3.0 % | +5.0 % | **no** |');
    expect(text).toMatch(/whole step against the peer, tensorflow \| +at least 15 x \| not measured \| - /);
    // four passes and the circuits: 200 s and 4 x 100 s
    expect(text).toContain('| accuracy, means, maps, faithfulness | 600 | 40 | 15 x |');
    expect(text).toContain('| components, 5 sets of pairs | 200 | 20 | 10 x |');
    expect(text).toContain('| probe | - | 3 | - |');
    expect(text).toContain('- wasm: 98, 105 MB.');
    expect(text).not.toContain('say nothing');
    expect(text).toMatch(/\| pythia-12b \| no: [\d.]+ GB/);
  });

  it('draws the roofline as SVG, and nothing of nothing', async () => {
    expect(await roofline([at(forward)])).toContain('wasm, pythia-70m');
    expect(await roofline([])).toBeNull();
  });

  it('says of a trial run that its figures say nothing', async () => {
    expect(await reportText([{ ...at(forward), smoke: true }])).toContain('the figures say nothing');
  });
});
