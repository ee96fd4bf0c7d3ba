import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SweepOutcome } from '../../src/sweep/run-sweep.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { facts, rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

let suiteFolder: string;

beforeAll(async () => {
  suiteFolder = mkdtempSync(join(tmpdir(), 'heuristrace-suite-'));
  await smallSuite(suiteFolder, [0]);
});

afterAll(() => {
  rmSync(suiteFolder, { recursive: true });
});

function sweep(db: string, options: Partial<SweepOptions> = {}): Promise<SweepOutcome> {
  return sweepSuite(db, { folder: suiteFolder, ...options });
}

describe('the measures of a sweep', () => {
  it('takes what a measure needs, and nothing else', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    await sweep(db, { settings: { seeds: [0], steps: [10], measures: ['failures'], presets: ['paper'] } });
    expect(await rows(db, 'SELECT DISTINCT measure, step FROM units ORDER BY ALL')).toEqual([
      ['accuracy', 10],
      ['classification', 10],
      ['failures', 10],
    ]);
  });

  it('classifies the top neurons by attribution where that is asked for', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const settings = { seeds: [0], steps: [30], measures: ['classification'], presets: ['paper'] };
    await sweep(db, { settings: { ...settings, neurons: 'top', topNeurons: 5, exactNeurons: 0 } });
    const classified = await rows(db, 'SELECT operator, neuron FROM neurons ORDER BY ALL');
    expect(classified).toHaveLength(20);
    expect(classified).toEqual(
      await rows(db, 'SELECT operator, neuron FROM neuron_effects WHERE rank < 5 ORDER BY ALL'),
    );
    expect(await rows(db, 'SELECT DISTINCT null_reason FROM effect_agreement')).toEqual([['not_tried']]);

    // The pass that keeps the maps of the top neurons alone sees the same maps.
    const whole = join(scratchFolder(), 'a.duckdb');
    await sweep(whole, { settings });
    const map = 'operator, layer, neuron, state, scale, sd';
    const all = await rows(whole, `SELECT ${map} FROM neurons ORDER BY ALL`);
    expect(all).toHaveLength(96);
    expect(all).toEqual(expect.arrayContaining(await rows(db, `SELECT ${map} FROM neurons`)));
  });

  it('records maps in turns where they do not fit, with the same rows', async () => {
    const [whole, turns] = [join(scratchFolder(), 'a.duckdb'), join(scratchFolder(), 'a.duckdb')];
    const settings = { seeds: [0], steps: [30], measures: ['classification', 'failures'] };
    await sweep(whole, { settings });
    const [[prompts] = []] = await rows(whole, "SELECT max(n) FROM accuracy WHERE prompt_set = 'universe'");
    await sweep(turns, { settings, mapBytes: 4 * 5 * Number(prompts) });
    expect(await facts(turns)).toEqual(await facts(whole));
    const [[known] = []] = await rows(whole, 'SELECT count(mean_logit_sum)::INTEGER FROM failure_modes');
    expect(known).toBeGreaterThan(4);

    const top = { ...settings, neurons: 'top', topNeurons: 9, exactNeurons: 0 };
    const [few, fewTurns] = [join(scratchFolder(), 'a.duckdb'), join(scratchFolder(), 'a.duckdb')];
    await sweep(few, { settings: top });
    await sweep(fewTurns, { settings: top, mapBytes: 4 * 2 * Number(prompts) });
    expect(await facts(fewTurns)).toEqual(await facts(few));
  });

  it('says why where too few prompts are right', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const settings = { promptSet: 'correct', minPrompts: 10, neurons: 'top', knockoutLimits: ['2'] };
    await sweep(db, { settings: { seeds: [0], steps: [0], ...settings } });
    for (const [table, value] of [
      ['component_effects', 'mean_logit'],
      ['effect_agreement', 'pearson'],
      ['neurons', 'n_heuristics'],
      ['classification_chance', 'neurons'],
      ['faithfulness', 'faithfulness'],
      ['prompt_knockouts', 'accuracy'],
    ] as const)
      expect(
        await rows(
          db,
          `SELECT DISTINCT ${value}, null_reason FROM ${table} WHERE step = 0 AND operator = '+' ORDER BY ALL`,
        ),
      ).toEqual([[null, 'too_few_correct']]);
  });

  it('says so when no probe reads the answer that the first heuristic layer is asked of', async () => {
    const sweeping = sweep(join(scratchFolder(), 'a.duckdb'), {
      settings: { seeds: [0], steps: [30], measures: ['accuracy'], firstLayer: 'probe' },
    });
    await expect(sweeping).rejects.toThrow('no linear probe of the reference checkpoint reads the answer');
  });
});
