import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thisProcess } from '../../../src/files/process-id.js';
import { batchName } from '../../../src/store/spool/layout.js';
import { openSpool } from '../../../src/store/spool/open-spool.js';
import { spoolBatch } from '../../../src/store/spool/spool-batch.js';
import type { StepBatch } from '../../../src/store/encode-batch.js';
import { scratchFolder } from '../../support/scratch.js';
import { buildExample, commitAll, EXAMPLE_STEPS, exampleStep, failedStep } from '../example.js';
import { dump, ingestAll, programVersion, spoolAll, tree } from './spools.js';

const WHOLE: readonly StepBatch[] = [
  ...EXAMPLE_STEPS.map((step) => exampleStep(0, step)),
  failedStep(1, 0),
  exampleStep(1, 1000),
];

describe('a spool', () => {
  it('gives the database that committing gives, whatever the order, and twice the same', async () => {
    const [folder, spool] = [scratchFolder(), join(scratchFolder(), 'deep', 'spool')];
    const [direct, ingested] = [join(folder, 'direct.duckdb'), join(folder, 'ingested.duckdb')];
    await buildExample(direct);
    await spoolAll(spool, [...WHOLE].reverse());
    const first = await ingestAll(ingested, spool);
    expect(first.inserted).toHaveLength(12);
    expect(await dump(ingested)).toEqual(await dump(direct));
    const again = await ingestAll(ingested, spool);
    expect(again).toMatchObject({ inserted: [], replaced: [] });
    expect([...again.unchanged].sort()).toEqual([...first.inserted].sort());
    expect(await dump(ingested)).toEqual(await dump(direct));
  });

  it('has one folder for each checkpoint, named by its units, and nothing else', async () => {
    const spool = scratchFolder();
    const [batch] = await spoolAll(spool, [exampleStep(0, 10)]);
    const name = batchName([
      { unitId: 'classification-0-10', state: 'done' },
      { unitId: 'accuracy-0-10', state: 'done' },
    ]);
    const folder = join('suite=toy', 'step=10', `batch=${name}`);
    expect(batch?.folder).toBe(join(spool, folder));
    const tables = ['accuracy', 'checkpoints', 'classification_chance', 'configurations', 'heuristics'];
    tables.push('manifest', 'neuron_heuristics', 'neurons', 'prompts', 'suites', 'units');
    expect(tree(spool)).toEqual([
      'suite=toy',
      join('suite=toy', 'step=10'),
      folder,
      ...tables.map((table) => join(folder, table === 'manifest' ? 'manifest.json' : `${table}.parquet`)),
    ]);
    const manifest: unknown = JSON.parse(readFileSync(join(spool, folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      format: 1,
      programVersion,
      engine: { name: 'wasm', version: '4.22.0' },
      ...{ suite: 'toy', seed: 0, step: 10 },
    });
  });

  it('keeps units once: a batch with more of them holds the new ones', async () => {
    const spool = scratchFolder();
    const batch = exampleStep(0, 100);
    const [first, ...none] = await spoolAll(spool, [
      { ...batch, units: batch.units.slice(0, 1) },
      batch,
      batch,
    ]);
    expect(first?.manifest.units.map(({ unitId }) => unitId)).toEqual(['accuracy-0-100']);
    expect(none.map(({ manifest }) => manifest.units.map(({ unitId }) => unitId))).toEqual([
      ['classification-0-100'],
    ]);
  });

  it('takes a unit that failed before when it is done', async () => {
    const [spool, db, direct] = [scratchFolder(), scratchFolder(), scratchFolder()].map((folder, i) =>
      i === 0 ? folder : join(folder, 'a.duckdb'),
    );
    if (spool === undefined || db === undefined || direct === undefined) throw new Error('no folder');
    await spoolAll(spool, [failedStep(0, 10)]);
    expect((await ingestAll(db, spool)).inserted).toHaveLength(2);
    await spoolAll(spool, [failedStep(0, 10), exampleStep(0, 10), failedStep(0, 10)]);
    expect((await ingestAll(db, spool)).replaced).toHaveLength(2);
    await commitAll(direct, [exampleStep(0, 10)]);
    expect(await dump(db)).toEqual(await dump(direct));
  });

  it.each([
    ['flipped', (file: string) => writeFileSync(file, flipped(readFileSync(file)))],
    ['longer', (file: string) => appendFileSync(file, 'x')],
    ['truncated', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 40))],
    ['gone', (file: string) => rmSync(file)],
  ])('sets a batch aside when a file of it is %s, and takes its units anew', async (_damage, damage) => {
    const spool = scratchFolder();
    const spooled = await spoolAll(spool, WHOLE);
    const before = tree(spool);
    const [bad, alsoBad] = [spooled[1], spooled[3]];
    if (bad === undefined || alsoBad === undefined) throw new Error('nothing was spooled');
    damage(join(bad.folder, 'neurons.parquet'));
    damage(join(alsoBad.folder, 'manifest.json'));
    const { damaged, units } = await openSpool(spool);
    expect(damaged.map(({ folder: place }) => place).sort()).toEqual([bad.folder, alsoBad.folder].sort());
    expect(units.size).toBe(8);
    expect(existsSync(bad.folder)).toBe(false);
    expect(tree(join(spool, '_aside')).filter((path) => path.endsWith('units.parquet'))).toHaveLength(2);
    await spoolAll(spool, WHOLE);
    expect((await openSpool(spool)).damaged).toEqual([]);
    expect(tree(spool).filter((path) => !path.startsWith('_aside'))).toEqual(before);
  });

  it('removes what killed writers left, and leaves what others are writing', async () => {
    const spool = scratchFolder();
    await spoolAll(spool, [exampleStep(0, 10)]);
    const before = tree(spool);
    // A process that cannot run: pids end below it.
    const mine = `${spool}/.writing.`;
    const { createHash } = await import('node:crypto');
    const machine = createHash('sha256').update(thisProcess().machine).digest('hex').slice(0, 16);
    const left = `${mine}${machine}.999999999.1.a`;
    const [living, elsewhere] = [
      `${mine}${machine}.${process.pid}.${thisProcess().start ?? ''}.b`,
      `${mine}0123456789abcdef.1.1.c`,
    ];
    for (const folder of [left, living, elsewhere]) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'units.parquet'), 'half');
    }
    expect((await openSpool(spool)).batches).toHaveLength(1);
    expect(existsSync(left)).toBe(false);
    expect([living, elsewhere].map((folder) => existsSync(folder))).toEqual([true, true]);
    for (const folder of [living, elsewhere]) rmSync(folder, { recursive: true });
    expect(tree(spool)).toEqual(before);
  });

  it('leaves the batch of another process that wrote the same units at the same time', async () => {
    const folder = scratchFolder();
    const spools = await Promise.all([openSpool(folder), openSpool(folder), openSpool(folder)]);
    const written = await Promise.all(
      spools.map((spool) => spoolBatch({ spool, batch: exampleStep(0, 1000), programVersion })),
    );
    expect(new Set(written.map((batch) => batch?.folder)).size).toBe(1);
    const { batches, damaged } = await openSpool(folder);
    expect([batches.length, damaged.length]).toEqual([1, 0]);
    expect(tree(folder).filter((path) => path.startsWith('.') || path.startsWith('_'))).toEqual([]);
  });

  it('passes over batches of another version of the schema, and does not touch them', async () => {
    const [spool, db] = [scratchFolder(), join(scratchFolder(), 'a.duckdb')];
    const [older] = await spoolAll(spool, [exampleStep(0, 10), exampleStep(0, 100)]);
    const path = join(older?.folder ?? '', 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"schemaVersion": \d+/, '"schemaVersion": 1'));
    const before = tree(spool);
    expect((await openSpool(spool)).damaged).toEqual([]);
    expect((await ingestAll(db, spool)).inserted).toHaveLength(2);
    expect(tree(spool)).toEqual(before);
  });

  it('refuses batches that are no checkpoint, as faults of the caller', async () => {
    const spool = scratchFolder();
    const mixed = {
      ...exampleStep(0, 10),
      units: [...exampleStep(0, 10).units, ...exampleStep(0, 100).units],
    };
    await expect(spoolAll(spool, [mixed])).rejects.toThrow(/one checkpoint/);
    const twice = {
      ...exampleStep(0, 10),
      units: [...exampleStep(0, 10).units, ...exampleStep(0, 10).units],
    };
    await expect(spoolAll(spool, [twice])).rejects.toThrow(/two rows/);
    expect(tree(spool)).toEqual([]);
  });
});

function flipped(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}
