import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArchitectureError,
  ChecksumError,
  MissingCheckpointError,
  SafetensorsError,
  TokenizerError,
} from '../../src/errors/checkpoint-errors.js';
import { InterruptedError, UnknownNameError, UsageError } from '../../src/errors/errors.js';
import { UnitsFailedError } from '../../src/errors/sweep-errors.js';
import { liveTensors } from '../../src/model/engine.js';
import { FACT_NAMES } from '../../src/store/schema/tables.js';
import type { SweepOutcome } from '../../src/sweep/run-sweep.js';
import { scratchFolder } from '../support/scratch.js';
import { changeManifest, smallSuite } from '../support/suites.js';
import { different, facts, rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

let suiteFolder: string;

beforeAll(async () => {
  suiteFolder = mkdtempSync(join(tmpdir(), 'heuristrace-suite-'));
  await smallSuite(suiteFolder, [0, 1]);
});

afterAll(() => {
  rmSync(suiteFolder, { recursive: true });
});

function sweep(db: string, options: Partial<SweepOptions> = {}): Promise<SweepOutcome> {
  return sweepSuite(db, { folder: suiteFolder, ...options });
}

/** A copy of the suite to damage. */
function damaged(): string {
  const folder = scratchFolder();
  cpSync(suiteFolder, folder, { recursive: true });
  return folder;
}

describe('a sweep', () => {
  it('stores every checkpoint of every run, and nothing twice', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const progress: string[] = [];
    const outcome = await sweep(db, { onCheckpoint: ({ seed, step }) => progress.push(`${seed}/${step}`) });
    expect(outcome).toMatchObject({ checkpoints: 5, reused: 0 });
    expect([...progress].sort()).toEqual(['0/0', '0/10', '0/30', '1/0', '1/30']);
    expect(await rows(db, 'SELECT measure, count(*)::INTEGER FROM units GROUP BY ALL ORDER BY ALL')).toEqual([
      ...['accuracy', 'attribution'].map((measure) => [measure, 5]),
      ['classification', 10],
      ...['components', 'failures', 'faithfulness', 'knockouts', 'maps', 'probe'].map((measure) => [
        measure,
        5,
      ]),
    ]);
    for (const table of FACT_NAMES)
      expect(await rows(db, `SELECT DISTINCT step FROM ${table} ORDER BY ALL`)).toEqual([[0], [10], [30]]);
    const before = await facts(db);
    expect(await sweep(db)).toMatchObject({ checkpoints: 5, reused: 5 });
    expect(await facts(db)).toEqual(before);
  });

  it('begins with the reference checkpoint', async () => {
    const steps: number[] = [];
    await sweep(join(scratchFolder(), 'a.duckdb'), {
      settings: { seeds: [0] },
      onCheckpoint: ({ step }) => steps.push(step),
    });
    expect(steps.slice(0, 2)).toContain(30); // two are under way together
  });

  it('gives the same rows whichever steps came first, and whatever the batch up to rounding', async () => {
    const [whole, pieces, small] = [scratchFolder(), scratchFolder(), scratchFolder()].map((folder) =>
      join(folder, 'a.duckdb'),
    );
    if (whole === undefined || pieces === undefined || small === undefined) throw new Error('no folder');
    await sweep(whole, { settings: { seeds: [0] } });
    await sweep(pieces, { settings: { seeds: [0], steps: [0] } });
    expect(await rows(pieces, 'SELECT step FROM checkpoints ORDER BY ALL')).toEqual([[0], [30]]);
    await sweep(pieces, { settings: { seeds: [0], steps: [10] } });
    expect(await facts(pieces)).toEqual(await facts(whole));
    await sweep(small, { settings: { seeds: [0], batch: 7 } });
    expect(different(await facts(small), await facts(whole))).toEqual([]);
  });

  it('counts as SQL over its own rows does', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    await sweep(db, { settings: { seeds: [0] } });
    expect(
      await rows(
        db,
        `SELECT a.step, a.operator, a.prompt_set, a.n FROM accuracy a JOIN units u USING (unit_id)
         JOIN prompts p ON p.prompts_hash = u.prompts_hash AND p.operator = a.operator
           AND (a.prompt_set = 'universe' OR a.prompt_set = p.split OR a.prompt_set = p.analysis_role
             OR (a.prompt_set = 'non_trivial' AND NOT p.trivial)
             OR (a.prompt_set = 'held_out_non_trivial' AND NOT p.trivial AND p.split = 'held_out'))
         WHERE a.null_reason IS NULL GROUP BY ALL HAVING a.n <> count(*)`,
      ),
    ).toEqual([]);
    // The layer before the first heuristic layer is not classified; every neuron of the other is.
    expect(await rows(db, 'SELECT DISTINCT layer FROM neurons')).toEqual([[1]]);
    expect(
      await rows(db, 'SELECT DISTINCT count(*)::INTEGER FROM neurons GROUP BY unit_id, operator'),
    ).toEqual([[24]]);
  });

  it('classifies no neuron of layer 0, whose maps are constant at the last position', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    await sweep(db, { settings: { seeds: [0], steps: [30], firstLayer: 0, presets: ['paper'] } });
    expect(
      await rows(db, 'SELECT layer, state, count(*)::INTEGER FROM neurons WHERE layer = 0 GROUP BY ALL'),
    ).toEqual([[0, 'constant', 24 * 4]]);
    expect(await rows(db, 'SELECT count(*)::INTEGER FROM neuron_heuristics WHERE layer = 0')).toEqual([[0]]);
  });

  it('refuses a layer that the model has not before it starts an engine', async () => {
    const engines: string[] = [];
    const refused = sweep(join(scratchFolder(), 'a.duckdb'), {
      settings: { seeds: [0], firstLayer: 2 },
      onForecast: () => engines.push('started'),
    });
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    expect(engines).toEqual([]);
  });

  it('leaves no tensor in the engine', async () => {
    const before = liveTensors();
    await sweep(join(scratchFolder(), 'a.duckdb'), { settings: { seeds: [0] } });
    expect(liveTensors()).toBe(before);
  });

  it('keeps another configuration beside the first', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const settings = { seeds: [0], steps: [30], measures: ['classification'], presets: ['paper'] };
    await sweep(db, { settings });
    const first = await rows(db, 'SELECT count(*)::INTEGER FROM neuron_heuristics');
    await sweep(db, { settings: { ...settings, threshold: 0.8 } });
    expect(
      await rows(db, "SELECT threshold FROM configurations WHERE measure = 'classification' ORDER BY ALL"),
    ).toEqual([[0.6], [0.8]]);
    const stricter = await rows(db, 'SELECT count(*)::INTEGER FROM neuron_heuristics WHERE score < 0.8');
    const all = await rows(db, 'SELECT count(*)::INTEGER FROM neuron_heuristics');
    expect(Number(all[0]?.[0])).toBeGreaterThan(Number(first[0]?.[0]));
    expect(Number(stricter[0]?.[0])).toBeLessThan(Number(first[0]?.[0]));
  });

  it.each([
    ['all', null],
    ['correct', 'too_few_prompts'],
  ])('draws analysis sets from prompts that are %s', async (promptSet, reason) => {
    const db = join(scratchFolder(), 'a.duckdb');
    const settings = {
      seeds: [0],
      steps: [0],
      measures: ['accuracy'],
      promptSet,
      operators: ['+'],
      analysisPrompts: 20,
      minPrompts: 20,
    };
    await sweep(db, { settings });
    await sweep(db, { settings });
    expect(
      await rows(db, "SELECT null_reason, accuracy IS NULL FROM accuracy WHERE prompt_set = 'discovery'"),
    ).toEqual([[reason, reason !== null]]);
  });

  it('stops when told to, keeps what is finished, and goes on to the same rows', async () => {
    const [whole, stopped] = [scratchFolder(), scratchFolder()].map((folder) => join(folder, 'a.duckdb'));
    if (whole === undefined || stopped === undefined) throw new Error('no folder');
    await sweep(whole);
    const controller = new AbortController();
    const first = sweep(stopped, {
      signal: controller.signal,
      onCheckpoint: () => {
        controller.abort();
      },
    });
    await expect(first).rejects.toBeInstanceOf(InterruptedError);
    const done = Number((await rows(stopped, 'SELECT count(*) FROM checkpoints'))[0]?.[0]);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(5);
    expect(await sweep(stopped)).toMatchObject({ reused: done });
    expect(await facts(stopped)).toEqual(await facts(whole));
  });
});

describe('bad checkpoints', () => {
  const weights = (folder: string, step: number): string =>
    join(folder, `seed0/step${step}/model.safetensors`);
  const seed0 = { seeds: [0] };

  it('that fail are recorded, and the others are stored', async () => {
    const folder = damaged();
    writeFileSync(weights(folder, 10), readFileSync(weights(folder, 10)).subarray(0, 3000));
    changeManifest(folder, (manifest) => ({
      ...manifest,
      runs: manifest.runs.map((run) => ({
        ...run,
        checkpoints: run.checkpoints.map((c) => ({ ...c, files: {} })),
      })),
    }));
    const db = join(scratchFolder(), 'a.duckdb');
    const failure: unknown = await sweep(db, { folder, settings: seed0 }).catch((error: unknown) => error);
    if (!(failure instanceof UnitsFailedError)) throw failure;
    expect(failure.failures.map(({ where, error }) => [where, error.constructor])).toEqual([
      ['seed 0 step 10', SafetensorsError],
    ]);
    expect(failure.exitCode).toBe(13);
    expect(
      await rows(db, 'SELECT step, state, count(*)::INTEGER FROM units GROUP BY ALL ORDER BY ALL'),
    ).toEqual([
      [0, 'done', 10],
      [10, 'failed', 10],
      [30, 'done', 10],
    ]);
    expect(
      await rows(db, "SELECT DISTINCT error LIKE '%truncated%' FROM units WHERE state = 'failed'"),
    ).toEqual([[true]]);
  });

  it('whose bytes differ from the manifest are refused', async () => {
    const folder = damaged();
    const bytes = readFileSync(weights(folder, 30));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(weights(folder, 30), bytes);
    const db = join(scratchFolder(), 'a.duckdb');
    await expect(sweep(db, { folder, settings: seed0 })).rejects.toBeInstanceOf(ChecksumError);
    expect(existsSync(db)).toBe(false);
  });

  it('with other weights give other numbers where the manifest states no checksum', async () => {
    const folder = damaged();
    cpSync(weights(folder, 30), weights(folder, 10));
    changeManifest(folder, (manifest) => ({
      ...manifest,
      runs: manifest.runs.map((run) => ({
        ...run,
        checkpoints: run.checkpoints.map((c) => ({ ...c, files: {} })),
      })),
    }));
    const [good, changed] = [scratchFolder(), scratchFolder()].map((f) => join(f, 'a.duckdb'));
    if (good === undefined || changed === undefined) throw new Error('no folder');
    const settings = { ...seed0, measures: ['accuracy'] };
    await sweep(good, { settings });
    await sweep(changed, { folder, settings });
    const at = (db: string, step: number): Promise<unknown[][]> =>
      rows(
        db,
        `SELECT operator, correct FROM accuracy WHERE step = ${step} AND prompt_set = 'universe' ORDER BY ALL`,
      );
    expect(await at(changed, 10)).toEqual(await at(good, 30));
    expect(await at(changed, 10)).not.toEqual(await at(good, 10));
  });

  it('of another architecture are refused by name', async () => {
    const folder = damaged();
    const path = join(folder, 'seed0/step30/config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"gpt_neox"', '"llama"'));
    await expect(sweep(join(scratchFolder(), 'a'), { folder, settings: seed0 })).rejects.toBeInstanceOf(
      ArchitectureError,
    );
  });

  it('with a tokenizer that splits numbers are refused', async () => {
    const folder = damaged();
    const path = join(folder, 'seed0/step30/tokenizer.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('[0-9]+|[^0-9]', '[0-9]|[^0-9]'));
    changeManifest(folder, (manifest) => ({ ...manifest, maxOperand: 18 }));
    await expect(sweep(join(scratchFolder(), 'a'), { folder, settings: seed0 })).rejects.toBeInstanceOf(
      ChecksumError,
    );
    changeManifest(folder, (manifest) => ({
      ...manifest,
      runs: manifest.runs.map((run) => ({
        ...run,
        checkpoints: run.checkpoints.map((c) => ({ ...c, files: {} })),
      })),
    }));
    await expect(sweep(join(scratchFolder(), 'a'), { folder, settings: seed0 })).rejects.toBeInstanceOf(
      TokenizerError,
    );
  });

  it('whose folder is missing are named with the manifest', async () => {
    const folder = damaged();
    rmSync(join(folder, 'seed0/step30'), { recursive: true });
    const failure: unknown = await sweep(join(scratchFolder(), 'a'), { folder, settings: seed0 }).catch(
      (e: unknown) => e,
    );
    expect(failure).toBeInstanceOf(MissingCheckpointError);
    expect(String(failure)).toMatch(/step30.*suite\.json/);
  });
});

describe('what is asked for', () => {
  it('must exist: steps with the nearest, seeds, whole numbers', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const failure: unknown = await sweep(db, { settings: { steps: [11] } }).catch((e: unknown) => e);
    if (!(failure instanceof UnknownNameError)) throw failure;
    expect(failure).toMatchObject({ what: 'step', given: '11', nearest: '10' });
    await expect(sweep(db, { settings: { seeds: [5] } })).rejects.toMatchObject({ what: 'seed', given: '5' });
    await expect(sweep(db, { settings: { steps: ['last'] } })).rejects.toBeInstanceOf(UsageError);
    expect(existsSync(db)).toBe(false);
  });

  it('may leave out runs that are not installed, unless they are asked for', async () => {
    const folder = damaged();
    rmSync(join(folder, 'seed1'), { recursive: true });
    const db = join(scratchFolder(), 'a.duckdb');
    expect(await sweep(db, { folder, settings: { measures: ['accuracy'] } })).toMatchObject({
      checkpoints: 3,
    });
    await expect(sweep(db, { folder, settings: { seeds: [1] } })).rejects.toBeInstanceOf(
      MissingCheckpointError,
    );
  });
});
