import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DimensionConflictError } from '../../../src/store/conflict.js';
import type { StepBatch, UnitBatch } from '../../../src/store/encode-batch.js';
import { TABLE_NAMES, type DimensionName } from '../../../src/store/schema/tables.js';
import { storedUnits } from '../../../src/store/stored-units.js';
import { EXAMPLE_STEPS, buildEmpty, exampleStep, failedStep, scratch } from '../example.js';
import { dump as dumpOf, storeSpooled } from './spools.js';

let folder: string;
let remove: () => void;
let db: string;
beforeEach(() => {
  ({ folder, remove } = scratch());
  db = join(folder, 'deep', 'test.duckdb');
});
afterEach(() => remove());

const commit = (batch: StepBatch) => storeSpooled(db, batch);

const dump = (): Promise<Record<string, unknown[]>> => dumpOf(db);

const withUnit = (batch: StepBatch, change: (unit: UnitBatch) => UnitBatch): StepBatch => ({
  ...batch,
  units: batch.units.map(change),
});

describe('a spooled checkpoint', () => {
  it('stores what it is given, and nothing is left beside the database', async () => {
    const result = await commit(exampleStep(0, 10));
    expect(result).toEqual({
      inserted: ['accuracy-0-10', 'classification-0-10'],
      unchanged: [],
      replaced: [],
    });
    const tables = await dump();
    const sizes = TABLE_NAMES.map((name) => [name, tables[name]?.length] as const);
    expect(Object.fromEntries(sizes.filter(([, size]) => size !== 0))).toEqual({
      schema_info: 1,
      suites: 1,
      checkpoints: 1,
      configurations: 2,
      prompts: 1,
      heuristics: 4,
      units: 2,
      accuracy: 2,
      neurons: 8,
      neuron_heuristics: 3,
      classification_chance: 4,
    });
    expect(tables['accuracy']?.[1]).toEqual({
      unit_id: 'accuracy-0-10',
      suite: 'toy',
      seed: 0,
      step: 10,
      operator: '+',
      prompt_set: 'universe',
      n: 100,
      correct: 10,
      accuracy: 0.1,
      ci_low: 0.05,
      ci_high: 0.15000000000000002,
      null_reason: null,
    });
    expect(tables['checkpoints']?.[0]).toMatchObject({ bytes: '5000000000', tokens: '20000000' });
    expect(tables['units']?.[0]).toMatchObject({ started_at: '2026-01-01 00:00:10' });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['test.duckdb']);
  });

  it('is a no-op the second time, whatever the run took', async () => {
    await commit(exampleStep(0, 10));
    const before = await dump();
    const again = withUnit(exampleStep(0, 10), ({ unit, facts }) => ({
      unit: { ...unit, seconds: 99, engine: 'cpu', started_at: new Date(0) },
      facts,
    }));
    expect(await commit(again)).toEqual({
      inserted: [],
      unchanged: ['accuracy-0-10', 'classification-0-10'],
      replaced: [],
    });
    expect(await dump()).toEqual(before);
  });

  it('does not depend on the order of the steps', async () => {
    for (const step of EXAMPLE_STEPS) await commit(exampleStep(0, step));
    const forward = await dump();
    db = join(folder, 'backward.duckdb');
    for (const step of [...EXAMPLE_STEPS].reverse()) await commit(exampleStep(0, step));
    expect(await dump()).toEqual(forward);
  });

  it('leaves a stored unit as it is, whatever a later one of its name says', async () => {
    await commit(exampleStep(0, 10));
    const before = await dump();
    const changed = withUnit(exampleStep(0, 10), ({ unit, facts }) => ({
      unit,
      facts: {
        ...facts,
        ...(facts.accuracy === undefined
          ? {}
          : { accuracy: facts.accuracy.map((row) => ({ ...row, correct: 11, accuracy: 0.11 })) }),
      },
    }));
    expect(await commit(changed)).toMatchObject({ inserted: [], replaced: [] });
    const fewer = withUnit(exampleStep(0, 10), ({ unit }) => ({ unit, facts: {} }));
    expect(await commit(fewer)).toMatchObject({ inserted: [], replaced: [] });
    const other = withUnit(exampleStep(0, 10), ({ unit, facts }) => ({
      unit: { ...unit, measure_version: 2 },
      facts,
    }));
    expect(await commit(other)).toMatchObject({ inserted: [], replaced: [] });
    expect(await dump()).toEqual(before);
  });

  it('says what differs when a checkpoint is stored with other values', async () => {
    await commit(exampleStep(0, 10));
    const before = await dump();
    const batch = exampleStep(0, 10);
    const checkpoints = batch.dimensions.checkpoints?.map((row) => ({
      ...row,
      weights_hash: 'new',
      commit: 'abc',
    }));
    const units = batch.units.map(({ unit, facts }) => ({
      unit: { ...unit, unit_id: `${unit.unit_id} again`, weights_hash: 'new' },
      facts,
    }));
    const refused = commit({ dimensions: { ...batch.dimensions, checkpoints: checkpoints ?? [] }, units });
    await expect(refused).rejects.toThrow(DimensionConflictError);
    await expect(refused).rejects.toThrow(
      'checkpoints: suite toy, seed 0, step 10 is stored with other values: weights_hash is new, was weights-0-10',
    );
    expect(await dump()).toEqual(before);
  });

  it('replaces a failed unit, and keeps a done one when a later run fails', async () => {
    await commit(failedStep(0, 10));
    const failure = { kind: 'safetensors', error: 'the weight file is truncated' };
    expect([...(await storedUnits({ db })).values()]).toEqual([failure, failure]);
    expect(await commit(failedStep(0, 10))).toMatchObject({ unchanged: { length: 2 } });
    expect(await commit(exampleStep(0, 10))).toMatchObject({ replaced: { length: 2 } });
    const done = await dump();
    expect(await commit(failedStep(0, 10))).toMatchObject({ unchanged: { length: 2 } });
    expect(await dump()).toEqual(done);
    expect(done['neurons']).toHaveLength(8);
  });

  it('stores facts without their dimensions once these are there, and refuses them before', async () => {
    await buildEmpty(db);
    const empty = await dump();
    await expect(commit({ ...exampleStep(0, 10), dimensions: {} })).rejects.toThrow(
      'missing from configurations',
    );
    const without = (table: DimensionName): StepBatch => ({
      ...exampleStep(0, 10),
      dimensions: { ...exampleStep(0, 10).dimensions, [table]: [] },
    });
    await expect(commit(without('suites'))).rejects.toThrow('missing from suites');
    await expect(commit(without('heuristics'))).rejects.toThrow('missing from heuristics');
    expect(await dump()).toEqual(empty);
    await commit(exampleStep(0, 10));
    const { checkpoints } = exampleStep(0, 100).dimensions;
    await commit({ ...exampleStep(0, 100), dimensions: { checkpoints: checkpoints ?? [] } });
    expect((await storedUnits({ db })).size).toBe(4);
  });
});

describe('atomicity', () => {
  it('leaves nothing of a batch in which a later row fails inside the transaction', async () => {
    await commit(exampleStep(0, 0));
    const before = await dump();
    const batch = exampleStep(0, 10);
    const broken: StepBatch = {
      ...batch,
      units: batch.units.map(({ unit, facts }) => ({
        unit,
        facts: {
          ...facts,
          ...(facts.neuron_heuristics === undefined
            ? {}
            : { neuron_heuristics: facts.neuron_heuristics.map((row) => ({ ...row, score: 2 })) }),
        },
      })),
    };
    await expect(commit(broken)).rejects.toThrow('CHECK constraint failed');
    expect(await dump()).toEqual(before);
    await commit(exampleStep(0, 10));
  });

  it.each<[string, (batch: UnitBatch) => UnitBatch, string]>([
    [
      'two facts with one key',
      ({ unit, facts }) => ({
        unit,
        facts: { ...facts, accuracy: [...(facts.accuracy ?? []), ...(facts.accuracy ?? [])] },
      }),
      'two rows of accuracy have the key',
    ],
    [
      'NaN',
      ({ unit, facts }) => ({
        unit,
        facts: { ...facts, accuracy: (facts.accuracy ?? []).map((row) => ({ ...row, accuracy: NaN })) },
      }),
      'accuracy.accuracy must be a finite number',
    ],
    [
      'a fraction where a whole number belongs',
      ({ unit, facts }) => ({ unit: { ...unit, step: 0.5 }, facts }),
      'units.step must be a whole number',
    ],
    [
      'counts that disagree with the matches',
      ({ unit, facts }) => ({ unit, facts: { ...facts, neuron_heuristics: [] } }),
      'but 0 rows in neuron_heuristics',
    ],
    [
      'facts of a failed unit',
      ({ unit, facts }) => ({
        unit: { ...unit, state: 'failed', error_kind: 'checksum', error: 'broken' },
        facts,
      }),
      'failed but has facts',
    ],
  ])('refuses %s before a file is made', async (_name, change, message) => {
    await expect(commit(withUnit(exampleStep(0, 10), change))).rejects.toThrow(message);
    expect(existsSync(db)).toBe(false);
  });
});

describe('storedUnits', () => {
  it('finds none where there is no file', async () => {
    expect(await storedUnits({ db })).toEqual(new Map());
    expect(existsSync(db)).toBe(false);
  });

  it('gives ids and states', async () => {
    await commit(exampleStep(0, 10));
    await commit(failedStep(0, 100));
    const failure = { kind: 'safetensors', error: 'the weight file is truncated' };
    expect(await storedUnits({ db })).toEqual(
      new Map<string, unknown>([
        ['accuracy-0-10', 'done'],
        ['accuracy-0-100', failure],
        ['classification-0-10', 'done'],
        ['classification-0-100', failure],
      ]),
    );
  });
});
