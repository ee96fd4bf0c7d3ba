import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lackingIn, type StoredContent } from '../../../src/store/spool/compare-content.js';
import { LosesResultsError } from '../../../src/store/spool/loses-results-error.js';
import { mergeSpools } from '../../../src/store/spool/merge-spools.js';
import { rebuildDatabase } from '../../../src/store/spool/rebuild-database.js';
import type { SpooledBatch } from '../../../src/store/spool/batch.js';
import { storeAudit } from '../../../src/store/store-audit.js';
import { scratchFolder } from '../../support/scratch.js';
import { auditRow } from '../example-audit.js';
import { exampleStep, failedStep } from '../example.js';
import { dump, programVersion, spoolAll } from './spools.js';

/** A database of two spools. */
async function merged() {
  const folder = scratchFolder();
  const [db, first, second] = [join(folder, 'a.duckdb'), join(folder, 'first'), join(folder, 'second')];
  const [batch] = await spoolAll(first, [exampleStep(0, 0), exampleStep(0, 10)]);
  await spoolAll(second, [exampleStep(0, 100), exampleStep(1, 10)]);
  if (batch === undefined) throw new Error('nothing was spooled');
  await mergeSpools({ db, spools: [first, second], programVersion });
  const rebuild = (spools: readonly string[], force = false) =>
    rebuildDatabase({ db, spools, programVersion, force });
  const refused = async (spools: readonly string[]): Promise<LosesResultsError> => {
    const before = await dump(db);
    const error: unknown = await rebuild(spools).catch((thrown: unknown) => thrown);
    if (!(error instanceof LosesResultsError)) throw new Error('it was not refused', { cause: error });
    expect(await dump(db)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['a.duckdb', 'first', 'second']);
    return error;
  };
  return { db, first, second, batch, rebuild, refused };
}

/** Makes a batch look as if a later version of the program had written it. */
function ofAnotherVersion({ folder }: SpooledBatch): void {
  const path = join(folder, 'manifest.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"schemaVersion": \d+/, '"schemaVersion": 999'));
}

describe('rebuildDatabase keeps a database that has more', () => {
  it('units that the spools lack are named; by force they are lost, and counted', async () => {
    const { db, first, rebuild, refused } = await merged();
    const { message, next, exitCode } = await refused([first]);
    expect(message).toMatch(/lack 4 unit\(s\)/);
    expect(message).toMatch(/\n {4}toy seed 0 step 100: accuracy, classification\n/);
    expect(message).toMatch(/toy seed 1 step 10/);
    expect(next).toMatch(/--force/);
    expect(exitCode).toBe(26);
    expect((await rebuild([first], true)).lost.units).toHaveLength(4);
    expect((await dump(db))['units']).toHaveLength(4);
    expect((await rebuild([first])).lost).toEqual({ units: [], findings: [] });
  });

  it('batches of another version are left out by force only, whether or not the database has them', async () => {
    const { db, first, second, batch, rebuild, refused } = await merged();
    ofAnotherVersion(batch);
    const error = await refused([first, second]);
    expect(error.message).toMatch(/1 batch\(es\) were left out.*lack 2 unit\(s\)/);
    await rebuild([first, second], true);
    expect((await dump(db))['units']).toHaveLength(6);
    expect((await refused([first, second])).message).not.toMatch(/lack/);
  });

  it('without a database, batches of another version hold nothing up', async () => {
    const { db, first, batch } = await merged();
    ofAnotherVersion(batch);
    const fresh = `${db}2`;
    await rebuildDatabase({ db: fresh, spools: [first], programVersion });
    expect((await dump(fresh))['units']).toHaveLength(2);
  });

  it('a unit that is done must not become a failed one', async () => {
    const { first, second, refused } = await merged();
    const third = scratchFolder();
    await spoolAll(third, [failedStep(1, 10), exampleStep(0, 100)]);
    expect((await refused([first, third])).missing.units.map(({ where }) => where)).toEqual(
      Array.from({ length: 2 }, () => 'toy seed 1 step 10'),
    );
    await refused([second, third]);
  });

  it('what audits found is kept too', async () => {
    const { db, first, second, rebuild, refused } = await merged();
    await storeAudit({ db, spool: second, programVersion, rows: [auditRow(4, 'missing')] });
    const other = scratchFolder();
    await spoolAll(other, [exampleStep(0, 100), exampleStep(1, 10)]);
    expect((await refused([first, other])).message).toMatch(
      /lack 1 finding\(s\) of audits.*\n {4}toy seed 0 step 4: what an audit found/,
    );
    await rebuild([first, second]);
  });
});

it('a finding is not missed where a later audit read as much', () => {
  const content = (depth: number, at: number): StoredContent => ({
    units: [],
    findings: [{ where: 'toy seed 0 step 4', depth, at }],
  });
  const isMissed = (now: StoredContent) => lackingIn(now, content(1, 10)).findings.length > 0;
  expect([content(1, 10), content(1, 11), content(2, 11)].map(isMissed)).toEqual([false, false, false]);
  expect([content(1, 9), content(0, 11)].map(isMissed)).toEqual([true, true]);
});
