import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { storeAudit } from '../../../src/store/store-audit.js';
import { mergeSpools } from '../../../src/store/spool/merge-spools.js';
import { openResults } from '../../../src/store/spool/result-store.js';
import { rebuildDatabase } from '../../../src/store/spool/rebuild-database.js';
import { scratchFolder } from '../../support/scratch.js';
import { auditRow } from '../example-audit.js';
import { exampleStep } from '../example.js';
import { dump, programVersion, spoolAll, tree } from './spools.js';

type Row = ReturnType<typeof auditRow>;

const at = (day: number) => ({ audited_at: new Date(Date.UTC(2026, 0, day)) });
const audits = async (db: string) => (await dump(db))['checkpoint_audit'];

function place() {
  const folder = scratchFolder();
  const [db, spool] = [join(folder, 'a.duckdb'), join(folder, 'a.duckdb.spool')];
  const audit = (...rows: Row[]) => storeAudit({ db, spool, programVersion, rows });
  const inSpool = () => tree(spool).filter((path) => path.endsWith('.parquet')).length;
  return { folder, db, spool, audit, inSpool };
}

it('audits are in the spool, so that a rebuilt database has them', async () => {
  const { db, spool, audit } = place();
  await spoolAll(spool, [exampleStep(0, 10)]);
  await audit(auditRow(4, 'missing', at(1)), auditRow(8, 'duplicate', at(1)));
  await audit(auditRow(8, 'clean', { depth: 'sample', ...at(2) }));
  await openResults({ db, spool, programVersion });
  const before = await dump(db);
  expect(before['checkpoint_audit']).toHaveLength(2);
  await rebuildDatabase({ db, spools: [spool], programVersion });
  expect(await dump(db)).toEqual(before);
  rmSync(db);
  await openResults({ db, spool, programVersion }); // as a sweep does
  expect(await dump(db)).toEqual(before);
});

it('the same findings are spooled once, others are added, whatever the clock says', async () => {
  const { db, audit, inSpool } = place();
  await audit(auditRow(4, 'missing', at(5)));
  await audit(auditRow(4, 'missing', at(6)));
  expect(inSpool()).toBe(1);
  await audit(auditRow(4, 'clean', at(2))); // the clock was set back
  expect(await audits(db)).toMatchObject([{ finding: 'clean', audited_at: '2026-01-05 00:00:00.001' }]);
  await audit(auditRow(4, 'missing', at(3)));
  expect(await audits(db)).toMatchObject([{ finding: 'missing', audited_at: '2026-01-05 00:00:00.002' }]);
  expect(inSpool()).toBe(3);
});

it('spools of many machines give the same, in any order and twice; shards touch no database', async () => {
  const [a, b] = [scratchFolder(), scratchFolder()];
  const store = (spool: string, ...rows: Row[]) => storeAudit({ db: null, spool, programVersion, rows });
  await store(a, auditRow(4, 'missing', at(1)), auditRow(8, 'duplicate', at(1)));
  await store(b, auditRow(4, 'clean', at(2)), auditRow(16, 'clean', at(2)));
  await store(a, auditRow(8, 'not_finite', { depth: 'all', ...at(3) }));
  await store(b, auditRow(8, 'clean', { depth: 'sample', ...at(4) }));
  const merged = async (...spools: string[]) => {
    const db = join(scratchFolder(), 'a.duckdb');
    for (const spool of spools) await mergeSpools({ db, spools: [spool], programVersion });
    return audits(db);
  };
  const found = await merged(a, b);
  expect(found).toMatchObject([
    { step: 4, finding: 'clean' },
    { step: 8, finding: 'not_finite', depth: 'all' },
    { step: 8, finding: 'clean', depth: 'sample' },
    { step: 16, finding: 'clean' },
  ]);
  expect(await merged(b, a)).toEqual(found);
  expect(await merged(a, b, a, a, b)).toEqual(found);
});

it('a damaged audit is left out and set aside', async () => {
  const { db, spool, audit } = place();
  await audit(auditRow(4, 'missing', at(1)));
  const suite = join(spool, readdirSync(spool).find((name) => name.startsWith('suite=')) ?? '');
  const [name = ''] = readdirSync(suite);
  writeFileSync(join(suite, name, 'checkpoint_audit.parquet'), 'x');
  const { damaged } = await mergeSpools({ db, spools: [spool], programVersion });
  expect(damaged).toMatchObject([{ problem: 'checkpoint_audit.parquet has another checksum' }]);
  expect((await openResults({ db, spool, programVersion })).setAside).toBe(1);
  expect(readdirSync(suite)).toEqual([]);
  await audit(auditRow(4, 'missing', at(2)));
  expect(await audits(db)).toHaveLength(1);
});
