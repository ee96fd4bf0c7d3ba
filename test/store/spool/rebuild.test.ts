import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DatabaseLockedError } from '../../../src/errors/database-errors.js';
import { UsageError } from '../../../src/errors/errors.js';
import { DimensionConflictError } from '../../../src/store/conflict.js';
import { readStore } from '../../../src/store/database.js';
import { mergeSpools } from '../../../src/store/spool/merge-spools.js';
import { rebuildDatabase } from '../../../src/store/spool/rebuild-database.js';
import { SpoolDamagedError } from '../../../src/store/spool/spool-damaged-error.js';
import { scratchFolder } from '../../support/scratch.js';
import { commitAll, exampleStep, failedStep } from '../example.js';
import { dump, programVersion, spoolAll } from './spools.js';

const STEPS = [exampleStep(0, 0), exampleStep(0, 10), exampleStep(0, 100), failedStep(1, 0)];

/** A database of three of the steps, and two spools that share one. */
async function twoSpools() {
  const folder = scratchFolder();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  await spoolAll(first, STEPS.slice(0, 2));
  await spoolAll(second, STEPS.slice(1));
  const [db, whole] = [join(folder, 'a.duckdb'), join(folder, 'whole.duckdb')];
  await commitAll(whole, STEPS);
  return { folder, first, second, db, whole };
}

describe('mergeSpools', () => {
  it('unites spools that overlap, into a new database or one with rows', async () => {
    const { first, second, db, whole } = await twoSpools();
    const spools = [first, second];
    expect((await mergeSpools({ db, spools: [first], programVersion })).inserted).toHaveLength(4);
    const outcome = await mergeSpools({ db, spools, programVersion });
    expect([outcome.batches, outcome.inserted.length, outcome.unchanged.length]).toEqual([5, 4, 6]);
    expect(await dump(db)).toEqual(await dump(whole));
  });

  it('takes the whole batches and reports the damaged ones, without touching the spool', async () => {
    const { first, db } = await twoSpools();
    const [bad] = await spoolAll(first, [exampleStep(0, 1000)]);
    writeFileSync(join(bad?.folder ?? '', 'accuracy.parquet'), 'no Parquet');
    const outcome = await mergeSpools({ db, spools: [first], programVersion });
    expect(outcome.damaged).toMatchObject([
      { folder: bad?.folder, problem: 'accuracy.parquet has another checksum' },
    ]);
    expect(outcome.inserted).toHaveLength(4);
    expect(existsSync(bad?.folder ?? '')).toBe(true);
  });

  it('refuses a folder that is not there, and a checkpoint with other weights', async () => {
    const { first, db } = await twoSpools();
    await expect(mergeSpools({ db, spools: [`${first}x`], programVersion })).rejects.toBeInstanceOf(
      UsageError,
    );
    expect(existsSync(db)).toBe(false);
    const other = exampleStep(0, 10);
    const weights_hash = 'other weights';
    const elsewhere = scratchFolder();
    await spoolAll(elsewhere, [
      {
        dimensions: {
          ...other.dimensions,
          checkpoints: (other.dimensions.checkpoints ?? []).map((row) => ({ ...row, weights_hash })),
        },
        units: other.units.map(({ unit, facts }) => ({
          unit: { ...unit, unit_id: `${unit.unit_id} again`, weights_hash },
          facts,
        })),
      },
    ]);
    await mergeSpools({ db, spools: [first], programVersion });
    const before = await dump(db);
    const { conflicts } = await mergeSpools({ db, spools: [elsewhere], programVersion });
    expect(conflicts.map(({ error }) => error.table)).toEqual(['checkpoints']);
    expect(await dump(db)).toEqual(before);
    await spoolAll(elsewhere, [exampleStep(0, 1000)]);
    expect(await mergeSpools({ db, spools: [elsewhere], programVersion })).toMatchObject({
      conflicts: { length: 1 },
      inserted: { length: 2 },
    });
    const rebuilding = rebuildDatabase({ db, spools: [first, elsewhere], programVersion });
    await expect(rebuilding).rejects.toBeInstanceOf(DimensionConflictError);
  });
});

describe('rebuildDatabase', () => {
  it('makes a database that is gone, or damaged, or lacks rows, and leaves nothing beside it', async () => {
    const { folder, first, second, db, whole } = await twoSpools();
    const spools = [first, second];
    const expected = await dump(whole);
    const before = readdirSync(folder);
    const starts: readonly (() => unknown)[] = [
      () => undefined,
      () => writeFileSync(db, readFileSync(whole).subarray(0, 20_000)), // damaged
      () => writeFileSync(db, ''),
      () => mergeSpools({ db, spools: [first], programVersion }),
      () => cpSync(whole, `${db}.rebuilding`), // as a killed process leaves it, with other rows
    ];
    for (const start of starts) {
      rmSync(db, { force: true });
      await Promise.resolve(start());
      await rebuildDatabase({ db, spools, programVersion });
      expect(await dump(db)).toEqual(expected);
      expect(readdirSync(folder).sort()).toEqual([...before, 'a.duckdb'].sort());
    }
  });

  it('keeps the old database when a batch is damaged, when there are none, or while it is read', async () => {
    const { folder, first, second, db, whole } = await twoSpools();
    cpSync(whole, db);
    const expected = await dump(db);
    const empty = scratchFolder();
    const build = (spools: readonly string[]) => rebuildDatabase({ db, spools, programVersion, waitMs: 30 });
    await expect(build([empty])).rejects.toBeInstanceOf(UsageError);
    await readStore({ db }, async () => {
      await expect(build([second])).rejects.toBeInstanceOf(DatabaseLockedError);
    });
    const [bad] = await spoolAll(first, [exampleStep(0, 1000)]);
    rmSync(join(bad?.folder ?? '', 'units.parquet'));
    await expect(build([first])).rejects.toBeInstanceOf(SpoolDamagedError);
    expect(await dump(db)).toEqual(expected);
    expect(readdirSync(folder).filter((name) => name.includes('rebuilding'))).toEqual([]);
  });
});
