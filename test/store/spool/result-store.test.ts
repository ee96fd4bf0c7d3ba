import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { DatabaseLockedError } from '../../../src/errors/database-errors.js';
import { DimensionConflictError } from '../../../src/store/conflict.js';
import { readStore } from '../../../src/store/database.js';
import { referenceFacts } from '../../../src/store/reference-facts.js';
import { openResults, type ResultStoreParams } from '../../../src/store/spool/result-store.js';
import { scratchFolder } from '../../support/scratch.js';
import { commitAll, exampleStep } from '../example.js';
import { dump, programVersion, spoolAll } from './spools.js';

function places() {
  const folder = scratchFolder();
  const db = join(folder, 'a.duckdb');
  const spool = `${db}.spool`;
  const open = (more: Partial<ResultStoreParams> = {}) =>
    openResults({ db, spool, programVersion, waitMs: 20, everyMs: 0, ...more });
  return { folder, db, spool, open };
}

const unit = (step: number) => ({ unitId: `accuracy-0-${step}`, suite: 'toy', step });

it('spools and stores, and finds what it stored', async () => {
  const { folder, db, open } = places();
  const results = await open();
  expect(results.stateOf(unit(10))).toBeUndefined();
  await Promise.all([results.add(exampleStep(0, 10)), results.add(exampleStep(0, 100))]);
  await results.flush();
  const direct = join(folder, 'direct.duckdb');
  await commitAll(direct, [exampleStep(0, 10), exampleStep(0, 100)]);
  expect(await dump(db)).toEqual(await dump(direct));
  const again = await open();
  expect([again.stateOf(unit(10)), again.stateOf(unit(1000))]).toEqual(['done', undefined]);
});

it('stores from the spool what a killed process did not, or what was deleted', async () => {
  const { db, spool, open } = places();
  await (await open()).add(exampleStep(0, 10));
  await spoolAll(spool, [exampleStep(0, 100)]);
  expect((await open()).stateOf(unit(100))).toBe('done');
  const before = await dump(db);
  rmSync(db);
  await open();
  expect(await dump(db)).toEqual(before);
});

it('goes on while another process has the database open, and stores everything once it may', async () => {
  const { db, open } = places();
  const held: string[] = [];
  const results = await open({ onHeld: ({ path }) => held.push(path) });
  await results.add(exampleStep(0, 10));
  await readStore({ db }, async () => {
    await results.add(exampleStep(0, 100));
    await results.add(exampleStep(0, 1000));
    await expect(results.flush()).rejects.toBeInstanceOf(DatabaseLockedError);
  });
  expect(held).toEqual([db, db]);
  await results.flush();
  const units = await results.read(async (connection) =>
    (await connection.runAndReadAll('SELECT unit_id FROM units')).getRowsJS(),
  );
  expect(units).toHaveLength(6);
});

it('tries again by itself after another process held the database', async () => {
  const { db, open } = places();
  const results = await open();
  await results.add(exampleStep(0, 10));
  await readStore({ db }, () => results.add(exampleStep(0, 100)));
  await vi.waitFor(async () => expect(await stored(db)).toEqual([10, 100]), {
    timeout: 30_000,
    interval: 500,
  });
});

it('wants units anew whose batch is damaged, even if it is stopped before they are computed', async () => {
  const { spool, open } = places();
  const results = await open();
  await results.add(exampleStep(0, 10));
  await results.add(exampleStep(0, 100));
  const [bad] = (await open()).setAside === 0 ? await spoolAll(spool, [exampleStep(0, 1000)]) : [];
  await open();
  appendFileSync(join(bad?.folder ?? '', 'units.parquet'), 'x');
  expect((await open()).setAside).toBe(1);
  const later = await open();
  expect(later.setAside).toBe(0);
  expect([10, 100, 1000].map((step) => later.stateOf(unit(step)))).toEqual(['done', 'done', undefined]);
  await later.add(exampleStep(0, 1000));
  expect((await open()).stateOf(unit(1000))).toBe('done');
});

it('without a database, keeps results in the spool and reads them there', async () => {
  const { db, spool, open } = places();
  const results = await open({ db: null });
  await results.add(exampleStep(0, 10));
  await results.flush();
  await expect(dump(db)).rejects.toThrow(/no such file/);
  const wanted = { components: 'components-0-10', classification: 'classification-0-10', maps: null };
  const found = await results.read((connection) => referenceFacts(connection, wanted));
  const stored = join(scratchFolder(), 'a.duckdb');
  await commitAll(stored, [exampleStep(0, 10)]);
  expect(found).toEqual(await readStore({ db: stored }, (connection) => referenceFacts(connection, wanted)));
  expect(found.matches.length).toBeGreaterThan(1);
  expect((await openResults({ db: null, spool, programVersion })).stateOf(unit(10))).toBe('done');
});

it('sets aside what contradicts the database, so that later sweeps go on', async () => {
  const { db, spool, open } = places();
  const results = await open();
  await results.add(exampleStep(0, 10));
  const { dimensions, units } = exampleStep(0, 10);
  const weights_hash = 'other weights';
  const other = {
    dimensions: {
      ...dimensions,
      checkpoints: (dimensions.checkpoints ?? []).map((row) => ({ ...row, weights_hash })),
    },
    units: units.map(({ unit: row, facts }) => ({
      unit: { ...row, unit_id: `${row.unit_id} again`, weights_hash },
      facts,
    })),
  };
  const told: string[] = [];
  const going = await open({ onConflict: ({ table }) => told.push(table) });
  expect(await going.add(other)).toBe(false);
  expect(await going.add(exampleStep(0, 100))).toBe(true);
  await expect(going.flush()).rejects.toBeInstanceOf(DimensionConflictError);
  await going.flush();
  expect(told).toEqual(['checkpoints']);
  const before = await dump(db);
  await spoolAll(spool, [other, exampleStep(0, 1000)]); // as if killed before these were stored
  const again = await open();
  expect(again.setAside).toBe(1);
  expect([10, 100, 1000].map((step) => again.stateOf(unit(step)))).toEqual(['done', 'done', 'done']);
  expect((await dump(db))['checkpoints']).toEqual(expect.arrayContaining(before['checkpoints'] ?? []));
  expect(await again.add(other)).toBe(false);
  await expect(again.flush()).rejects.toBeInstanceOf(DimensionConflictError);
  expect((await open()).setAside).toBe(0);
});

const stored = async (db: string) =>
  readStore({ db }, async (connection) =>
    (await connection.runAndReadAll('SELECT DISTINCT step FROM units ORDER BY step')).getRowsJS().flat(),
  );

it('stores what comes in quick succession together, without a further call', async () => {
  const { db, open } = places();
  const results = await open({ everyMs: 150 });
  await results.add(exampleStep(0, 10)); // at once: nothing was stored for long
  expect(await stored(db)).toEqual([10]);
  await results.add(exampleStep(0, 100));
  await results.add(exampleStep(0, 1000));
  expect(results.stateOf(unit(100))).toBeUndefined(); // as it was when the sweep began
  await vi.waitFor(async () => expect(await stored(db)).toEqual([10, 100, 1000]), {
    timeout: 30_000,
    interval: 500,
  });
});

it('keeps where a suite and a checkpoint came from first, and takes no offence at another place', async () => {
  const { db, open } = places();
  const results = await open();
  await results.add(exampleStep(0, 10));
  const { dimensions, units } = exampleStep(0, 10);
  const moved = {
    dimensions: {
      ...dimensions,
      suites: (dimensions.suites ?? []).map((row) => ({
        ...row,
        source: 'elsewhere',
        tokens_per_step: null,
      })),
      checkpoints: (dimensions.checkpoints ?? []).map((row) => ({ ...row, commit: 'another', tokens: null })),
    },
    units: units.map(({ unit: row, facts }) => ({
      unit: { ...row, unit_id: `${row.unit_id} again` },
      facts,
    })),
  };
  const before = await dump(db);
  expect(await results.add(moved)).toBe(true);
  await results.flush();
  const { suites, checkpoints, units: all } = await dump(db);
  expect([suites, checkpoints]).toEqual([before['suites'], before['checkpoints']]);
  expect(all).toHaveLength(4);
});

it('tells with the next checkpoint, or at the end, what went wrong in between', async () => {
  const { db, spool, open } = places();
  await (await open()).add(exampleStep(0, 10));
  const other = (step: 10 | 100) => {
    const { dimensions, units } = exampleStep(0, step);
    const suites = (dimensions.suites ?? []).map((row) => ({ ...row, d_model: 16 }));
    const renamed = units.map(({ unit: row, facts }) => ({
      unit: { ...row, unit_id: `${row.unit_id} again` },
      facts,
    }));
    return { dimensions: { ...dimensions, suites }, units: renamed };
  };
  const results = await open({ everyMs: 3_600_000 });
  await results.add(exampleStep(0, 1000));
  await results.add(other(10));
  expect(await stored(db)).toEqual([10, 1000]);
  await results.add(exampleStep(0, 100));
  await expect(results.flush()).rejects.toBeInstanceOf(DimensionConflictError);
  expect(await stored(db)).toEqual([10, 100, 1000]);
  await results.flush();
  expect((await open()).setAside).toBe(0);
  expect(readdirSync(spool)).toContain('_aside');
});
