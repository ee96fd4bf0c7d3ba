import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TimeLimitError, UnitsFailedError } from '../../src/errors/sweep-errors.js';
import { programVersion } from '../../src/files/package.js';
import { defaultSpool } from '../../src/store/spool/layout.js';
import { mergeSpools } from '../../src/store/spool/merge-spools.js';
import { openSpool } from '../../src/store/spool/open-spool.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { facts, rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

let suiteFolder: string;
/** A sweep of everything, undisturbed. */
let whole: string;

const sweep = (db: string, options: Partial<SweepOptions> = {}) =>
  sweepSuite(db, { folder: suiteFolder, ...options });

beforeAll(async () => {
  suiteFolder = mkdtempSync(join(tmpdir(), 'heuristrace-suite-'));
  await smallSuite(suiteFolder, [0, 1]);
  whole = join(suiteFolder, 'whole.duckdb');
  await sweep(whole);
});

afterAll(() => {
  rmSync(suiteFolder, { recursive: true });
});

/** A copy of that sweep's database and spool. */
function copied(): string {
  const db = join(scratchFolder(), 'a.duckdb');
  cpSync(whole, db);
  cpSync(defaultSpool(whole), defaultSpool(db), { recursive: true });
  return db;
}

const UNITS = 'SELECT unit_id, state, error FROM units ORDER BY ALL';

/** Everything but times and costs. */
async function same(db: string): Promise<void> {
  expect(await facts(db)).toEqual(await facts(whole));
  expect(await rows(db, UNITS)).toEqual(await rows(whole, UNITS));
}

describe('a sweep', () => {
  it('takes the reference of every run first, then coarse to fine, or by step', async () => {
    const steps: string[] = [];
    const onCheckpoint = ({ seed, step }: { seed: number; step: number }) => steps.push(`${seed}/${step}`);
    const settings = { measures: ['accuracy'] };
    await sweep(join(scratchFolder(), 'a.duckdb'), { settings, onCheckpoint });
    expect(steps.slice(0, 2).sort()).toEqual(['0/30', '1/30']);
    expect(steps.slice(-2)).toContain('0/10');
    steps.length = 0;
    await sweep(join(scratchFolder(), 'a.duckdb'), {
      settings: { ...settings, order: 'forward', seeds: [0] },
      onCheckpoint,
    });
    expect(steps.slice(0, 2)).toContain('0/30');
  });

  it('makes a deleted database again from the spool, computing nothing', async () => {
    const db = copied();
    rmSync(db);
    expect(await sweep(db)).toMatchObject({ checkpoints: 5, reused: 5 });
    await same(db);
  });

  it('computes the units of a damaged batch anew, and has a whole spool then', async () => {
    const db = copied();
    const [, bad] = (await openSpool(defaultSpool(db))).batches;
    appendFileSync(join(bad?.folder ?? '', 'neuron_effects.parquet'), 'x');
    const damaged: number[] = [];
    const onSetAside = (batches: number) => damaged.push(batches);
    expect(await sweep(db, { onSetAside })).toMatchObject({ checkpoints: 5, reused: 4 });
    expect(damaged).toEqual([1]);
    await same(db);
    rmSync(db);
    expect(await sweep(db, { onSetAside })).toMatchObject({ reused: 5 });
    await same(db);
  });

  it('begins nothing that would not be finished in its time', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const failure = sweep(db, { request: { maxSeconds: 0.001 } });
    await expect(failure).rejects.toBeInstanceOf(TimeLimitError);
    await expect(failure).rejects.toMatchObject({ left: 5 });
    const settings = { seeds: [1], measures: ['accuracy'] };
    expect(await sweep(db, { settings, request: { maxSeconds: 3600 } })).toMatchObject({ reused: 0 });
  });

  it('stops at the first failure where that is asked for', async () => {
    const folder = scratchFolder();
    await smallSuite(folder);
    for (const step of [0, 10])
      writeFileSync(join(folder, 'seed0', `step${step}`, 'model.safetensors'), 'no weights');
    const db = join(folder, 'a.duckdb');
    const options = { folder, settings: { measures: ['accuracy'] } };
    const failure = sweep(db, { ...options, request: { failFast: true } });
    await expect(failure).rejects.toBeInstanceOf(UnitsFailedError);
    await expect(sweep(db, options)).rejects.toMatchObject({ failures: { length: 1 } }); // the other one
    expect(await sweep(db, options)).toMatchObject({ reused: 1, failed: { length: 2 } });
  });
});

describe('shards', () => {
  it('merged give what one sweep gives, and share no checkpoint', async () => {
    const count = 3;
    const folder = scratchFolder();
    const db = join(folder, 'a.duckdb');
    const spools = Array.from({ length: count }, (_, index) => join(folder, `spool-${index}`));
    const shares: number[] = [];
    for (const [index, spool] of spools.entries()) {
      const outcome = await sweep(db, { settings: { spool }, request: { shard: { index, count } } });
      shares.push(outcome.checkpoints);
    }
    expect(shares.reduce((a, b) => a + b)).toBe(5);
    await mergeSpools({ db, spools, programVersion: programVersion() });
    await same(db);
    // A sweep of the merged database has nothing to do, and shards that share a spool have none of the others' work.
    expect(await sweep(db)).toMatchObject({ reused: 5 });
    const [spool] = spools;
    const shard = { index: 0, count };
    const again = await sweep(db, { settings: { spool: spool ?? '' }, request: { shard } });
    expect(again.reused).toBe(again.checkpoints);
  });
});
