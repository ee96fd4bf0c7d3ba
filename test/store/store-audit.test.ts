import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { readStore } from '../../src/store/database.js';
import { storeAudit } from '../../src/store/store-audit.js';
import { loadQuery } from '../../src/queries/library.js';
import { runQuery } from '../../src/queries/run-query.js';
import { auditRow, exampleAudit } from './example-audit.js';
import { scratch } from './example.js';

const { folder, remove } = scratch();
afterAll(remove);
let [db, count] = ['', 0];
beforeEach(() => {
  db = join(folder, `audit${count++}.duckdb`);
});

const store = (rows: Parameters<typeof storeAudit>[0]['rows']): Promise<void> =>
  storeAudit({ db, spool: `${db}.spool`, programVersion: '0.1.0', rows });

const stored = (): Promise<unknown[][]> =>
  readStore({ db }, async (connection) =>
    (
      await connection.runAndReadAll('SELECT step, depth, finding FROM checkpoint_audit ORDER BY ALL')
    ).getRowsJS(),
  );

describe('storeAudit', () => {
  it('replaces what was found of the same checkpoints by reading no more', async () => {
    await store([auditRow(4, 'missing'), auditRow(8, 'duplicate'), auditRow(16, 'clean', { depth: 'all' })]);
    await store([auditRow(8, 'clean', { depth: 'sample' }), auditRow(16, 'not_finite', { depth: 'sample' })]);
    expect(await stored()).toEqual([
      [4, 'listing', 'missing'],
      [8, 'sample', 'clean'],
      [16, 'all', 'clean'],
      [16, 'sample', 'not_finite'],
    ]);
  });

  it('refuses a finding that is none, and keeps what was there', async () => {
    await store([auditRow(4, 'missing')]);
    await expect(store([auditRow(4, 'bad luck')])).rejects.toThrow(TypeError);
    expect(await stored()).toEqual([[4, 'listing', 'missing']]);
  });
});

describe('audit-findings', () => {
  it('tells what several steps have in common, the worst first', async () => {
    await store([...exampleAudit, auditRow(1000, 'clean', { depth: 'sample' })]);
    const { rows, columns } = await runQuery({
      db,
      query: loadQuery({ name: 'audit-findings' }),
      params: {},
    });
    const names = columns.map(({ name }) => name);
    const shown = ['severity', 'finding', 'checkpoints', 'steps', 'other', 'evidence', 'report', 'read'];
    expect(rows.map((row) => shown.map((name) => row[names.indexOf(name)]))).toEqual([
      ['bad', 'final_weights', 2, '10, 100', 'main', 'seen at step 10', 'https://example.org/205', 'listing'],
      ['warning', 'tokenizer_changed', 1, '10', null, 'seen at step 10', null, 'listing'],
      ['expected', 'duplicate', 2, '0, 1', null, 'seen at step 0', null, 'listing'],
      ['ok', 'clean', 1, '1000', null, 'seen at step 1000', null, 'sample'],
    ]);
  });
});
