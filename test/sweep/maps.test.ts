import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import { OPERATORS } from '../../src/domain/operator.js';
import { loadModel } from '../../src/model/load-model.js';
import { universePass } from '../../src/model/universe-pass.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { arithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

/** 10 operands in cells of 3: four a side, the last with one operand. */
const SETTINGS = { seeds: [0], measures: ['maps'], presets: ['paper'], mapNeurons: 5, mapCells: 4 };
const SIDE = 4;
const CELL = 3;
const MAPS = 'step, operator, rank, layer, neuron, ranked_by, low, high, hex(cells), hex(result_profile)';

let suite: string;
let whole: string;

beforeAll(async () => {
  suite = mkdtempSync(join(tmpdir(), 'heuristrace-suite-'));
  await smallSuite(suite);
  whole = join(suite, 'whole.duckdb');
  await sweepSuite(whole, { folder: suite, settings: SETTINGS });
});

afterAll(() => {
  rmSync(suite, { recursive: true });
});

async function swept(settings: Record<string, unknown> = {}, options: Partial<SweepOptions> = {}) {
  const db = join(scratchFolder(), 'a.duckdb');
  await sweepSuite(db, { folder: suite, settings: { ...SETTINGS, ...settings }, ...options });
  return db;
}

/** Activations of the second layer's neurons as a model gives them, without any sweep. */
async function directly(step: number, operator: (typeof OPERATORS)[number]) {
  const path = join(suite, 'seed0', `step${step}`);
  const { config, weights } = await loadCheckpoint(path, 'the test');
  const tokens = arithmeticTokens(path, readFileSync(join(path, 'tokenizer.json'), 'utf8'), 10);
  const universe = buildUniverse(operator, 10, tokens.maxSingleToken);
  const { model, dispose } = loadModel(config, weights);
  const { activations } = await universePass(model, tokens, universe, { layers: [layerIndex(1)] });
  dispose();
  return { universe, activations };
}

const restored = (hex: string, low: number, high: number): (number | null)[] =>
  [...Buffer.from(hex, 'hex')].map((byte) => (byte === 255 ? null : low + (byte / 254) * (high - low)));

describe('kept maps', () => {
  it('are those of the neurons with the largest effects at the last checkpoint, at every step', async () => {
    const best = await rows(
      whole,
      `SELECT operator, layer, neuron FROM neuron_effects WHERE step = 30
       QUALIFY row_number() OVER (PARTITION BY operator ORDER BY exact_mean + exact_sd DESC) <= 5
       ORDER BY operator, exact_mean + exact_sd DESC`,
    );
    expect(best).toHaveLength(20);
    for (const step of [0, 10, 30])
      expect(
        await rows(
          whole,
          `SELECT operator, layer, neuron FROM neuron_maps WHERE step = ${step} ORDER BY operator, rank`,
        ),
      ).toEqual(best);
    expect(
      await rows(whole, 'SELECT DISTINCT ranked_by, side, cell_operands, null_reason FROM neuron_maps'),
    ).toEqual([['exact_effect', SIDE, CELL, null]]);
  });

  it('hold the mean activation of each cell, operand and result', async () => {
    for (const operator of OPERATORS) {
      const { universe, activations } = await directly(10, operator);
      const { count, op1, op2, answer } = universe;
      const found = await rows(
        whole,
        `SELECT neuron, low, high, profile_low, profile_high, hex(cells), hex(op1_profile), hex(op2_profile),
           hex(result_profile)
         FROM neuron_maps WHERE step = 10 AND operator = '${operator}'`,
      );
      expect(found).toHaveLength(5);
      for (const [neuron, low, high, profileLow, profileHigh, ...bytes] of found) {
        const map = activations.subarray(Number(neuron) * count, (Number(neuron) + 1) * count);
        const meanWhere = (holds: (p: number) => boolean): number | null => {
          const own = [...map].filter((_, p) => holds(p));
          return own.length === 0 ? null : own.reduce((sum, value) => sum + value, 0) / own.length;
        };
        const cellOf = (p: number): number =>
          SIDE * Math.floor((op1[p] ?? 0) / CELL) + Math.floor((op2[p] ?? 0) / CELL);
        const range = (length: number) => Array.from({ length }, (_, i) => i);
        const expected = [
          range(SIDE * SIDE).map((cell) => meanWhere((p) => cellOf(p) === cell)),
          range(10).map((a) => meanWhere((p) => op1[p] === a)),
          range(10).map((b) => meanWhere((p) => op2[p] === b)),
          range(1 + Math.max(...answer)).map((r) => meanWhere((p) => answer[p] === r)),
        ];
        const ends = [
          [Number(low), Number(high)],
          ...Array.from({ length: 3 }, () => [Number(profileLow), Number(profileHigh)]),
        ];
        expected.forEach((means, i) => {
          const [from = NaN, to = NaN] = ends[i] ?? [];
          const actual = restored(String(bytes[i]), from, to);
          expect(actual.map((value) => value === null)).toEqual(means.map((mean) => mean === null));
          const worst = Math.max(...actual.map((value, at) => Math.abs((value ?? 0) - (means[at] ?? 0))));
          expect(worst).toBeLessThanOrEqual((to - from) / 508 + 1e-6);
          expect(to).toBeGreaterThan(from);
        });
      }
    }
  });

  it('are the same where they are recorded in turns, for the top neurons alone, or another day', async () => {
    const kept = (db: string) => rows(db, `SELECT ${MAPS} FROM neuron_maps WHERE step <> 10 ORDER BY ALL`);
    const ends = { steps: [0, 30] };
    const expected = await kept(whole);
    const [[prompts] = []] = await rows(whole, "SELECT max(n) FROM accuracy WHERE prompt_set = 'universe'");
    expect(await kept(await swept(ends, { mapBytes: 4 * 8 * Number(prompts) }))).toEqual(expected);

    const later = await swept({ steps: [30] });
    await sweepSuite(later, { folder: suite, settings: { ...SETTINGS, steps: [0] } });
    expect(await kept(later)).toEqual(expected);

    // Fewer top neurons than maps: all of the reference's are kept, also where they are not among the top ones.
    const top = { ...ends, neurons: 'top', topNeurons: 3 };
    const few = await kept(await swept(top));
    expect(few).toHaveLength(2 * 4 * 3);
    expect(expected).toEqual(expect.arrayContaining(few));
    expect(await kept(await swept(top, { mapBytes: 4 * 2 * Number(prompts) }))).toEqual(few);
  });

  it('are chosen by the best heuristics where effects were not measured, or not at all', async () => {
    const unmeasured = { promptSet: 'correct', minPrompts: 500, steps: [30] };
    const byScore = await swept(unmeasured);
    const best = await rows(
      byScore,
      `SELECT operator, neuron FROM neurons
       QUALIFY row_number() OVER (PARTITION BY operator ORDER BY best_score DESC NULLS LAST, layer, neuron) <= 5
       ORDER BY ALL`,
    );
    expect(await rows(byScore, 'SELECT operator, neuron FROM neuron_maps ORDER BY ALL')).toEqual(best);
    expect(await rows(byScore, 'SELECT DISTINCT ranked_by FROM neuron_maps')).toEqual([['best_score']]);

    const none = await swept({ ...unmeasured, neurons: 'top' });
    expect(
      await rows(
        none,
        'SELECT operator, layer, rank, cells, side, null_reason FROM neuron_maps ORDER BY ALL',
      ),
    ).toEqual(['*', '+', '-', '/'].map((operator) => [operator, null, null, null, SIDE, 'no_reference']));
  });

  it('have a unit of their own for other settings', async () => {
    const settings = { ...SETTINGS, steps: [0], mapCells: 2 };
    const before = await rows(whole, 'SELECT unit_id FROM units');
    await sweepSuite(whole, { folder: suite, settings });
    const after = await rows(whole, 'SELECT unit_id, measure, step FROM units');
    const fresh = after.filter(([id]) => !before.some(([known]) => known === id));
    expect(fresh.map(([, measure, step]) => [measure, step]).sort()).toEqual([
      ['maps', 0],
      ['maps', 30],
    ]);
  });
});
