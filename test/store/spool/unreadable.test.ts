import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UnreadableError } from '../../../src/errors/errors.js';
import { mergeSpools } from '../../../src/store/spool/merge-spools.js';
import { openSpool } from '../../../src/store/spool/open-spool.js';
import { openResults } from '../../../src/store/spool/result-store.js';
import { sweepStatus } from '../../../src/store/spool/spool-status.js';
import { storeAudit } from '../../../src/store/store-audit.js';
import { scratchFolder } from '../../support/scratch.js';
import { auditRow } from '../example-audit.js';
import { exampleStep } from '../example.js';
import { programVersion, spoolAll, tree } from './spools.js';

/** Puts what the system refuses to read in the place of a file or folder: root, too, cannot follow a circle of links. */
function circle(path: string): void {
  renameSync(path, `${path}.kept`);
  symlinkSync(path, path);
}

/** Puts a folder in the place of a file. */
function folderInstead(path: string): void {
  renameSync(path, `${path}.kept`);
  mkdirSync(path);
}

/** A spool of two steps and an audit, and what lies where. */
async function filled() {
  const folder = scratchFolder();
  const db = join(folder, 'a.duckdb');
  const spool = `${db}.spool`;
  const [batch] = await spoolAll(spool, [exampleStep(0, 10), exampleStep(0, 100)]);
  await storeAudit({ db: null, spool, programVersion, rows: [auditRow(4, 'missing')] });
  if (batch === undefined) throw new Error('nothing was spooled');
  const suite = dirname(dirname(batch.folder));
  const audit = join(suite, tree(suite).find((path) => /^audit=[^/]*$/.test(path)) ?? '');
  return { db, spool, batch: batch.folder, step: dirname(batch.folder), suite, audit };
}

type Filled = Awaited<ReturnType<typeof filled>>;

const PLACES: readonly [string, (at: Filled) => string, (path: string) => void][] = [
  ['the spool itself', ({ spool }) => spool, circle],
  ["a suite's folder", ({ suite }) => suite, circle],
  ["a step's folder", ({ step }) => step, circle],
  ['a manifest', ({ batch }) => join(batch, 'manifest.json'), circle],
  ['a manifest that is a folder', ({ batch }) => join(batch, 'manifest.json'), folderInstead],
  ['a file of a batch', ({ batch }) => join(batch, 'units.parquet'), circle],
  ['the manifest of an audit', ({ audit }) => join(audit, 'manifest.json'), circle],
  ['the file of an audit', ({ audit }) => join(audit, 'checkpoint_audit.parquet'), folderInstead],
];

describe('what a spool has but cannot be read', () => {
  it.each(PLACES)('%s: is an error that names it, and nothing is set aside', async (_name, where, spoil) => {
    const at = await filled();
    const { db, spool } = at;
    const path = where(at);
    spoil(path);
    const before = path === spool ? [] : tree(spool);
    const refused = async (work: () => Promise<unknown>) => {
      const error: unknown = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UnreadableError);
      expect(error).toMatchObject({ path, exitCode: 34 });
      expect(String(error)).toContain(path);
    };
    await refused(() => openSpool(spool));
    await refused(() => openResults({ db, spool, programVersion }));
    await refused(() => mergeSpools({ db, spools: [spool], programVersion }));
    if (!path.endsWith('.parquet')) await refused(() => sweepStatus({ db, spool })); // it reads no tables
    expect(path === spool ? [] : tree(spool)).toEqual(before);
  });

  it('a spool that is a file', async () => {
    const { db, spool } = await filled();
    rmSync(spool, { recursive: true });
    writeFileSync(spool, 'no folder');
    await expect(openSpool(spool)).rejects.toThrow(UnreadableError);
    await expect(sweepStatus({ db, spool })).rejects.toThrow(/it is no folder/);
  });

  it('what is not there, or is a file where only folders count, is none of it', async () => {
    const { spool, suite, step } = await filled();
    expect((await openSpool(`${spool}x`)).batches).toEqual([]);
    writeFileSync(join(suite, 'step=7'), 'a note');
    writeFileSync(join(spool, 'suite=notes'), 'a note');
    expect((await openSpool(join(spool, 'suite=notes', 'spool'))).batches).toEqual([]);
    expect((await openSpool(spool)).batches).toHaveLength(2);
    writeFileSync(join(step, 'batch=0123'), 'no folder');
    expect((await openSpool(spool)).damaged).toMatchObject([{ problem: 'it has no manifest' }]);
  });
});
