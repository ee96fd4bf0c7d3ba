import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runSql } from '../../src/queries/run-query.js';
import { openSpool } from '../../src/store/spool/open-spool.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { facts, QUICK, rows } from '../support/sweeping.js';

let home: string;
/** What one undisturbed sweep stores. */
let expected: unknown;

const sweep = (db: string) => [
  ...['sweep', '--suite', join(home, 'suite'), '--config', join(home, 'config.json')],
  ...['--db', db, '--json'],
];
const stored = async (db: string) => [
  await facts(db),
  await rows(db, 'SELECT unit_id, state FROM units ORDER BY ALL'),
];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'heuristrace-busy-'));
  await smallSuite(join(home, 'suite'), [0, 1]);
  const settings = { ...QUICK, measures: ['accuracy', 'classification', 'faithfulness'], presets: ['paper'] };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ ...settings, engine: 'wasm', workers: 1 }));
  const whole = join(home, 'whole.duckdb');
  expect((await cli(sweep(whole))).code).toBe(0);
  expected = await stored(whole);
});

afterAll(() => {
  rmSync(home, { recursive: true });
});

it('two sweeps that are started on one database at once both end well, and store every row once', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  const outcomes = await Promise.all([cli(sweep(db)), cli(sweep(db))]);
  expect(outcomes.map(({ code, stderr }) => [code, stderr.includes('error')])).toEqual([
    [0, false],
    [0, false],
  ]);
  expect(await stored(db)).toEqual(expected);
  const { batches, damaged } = await openSpool(`${db}.spool`);
  expect([batches.length, damaged.length]).toEqual([5, 0]);
});

/** A process that keeps a database open to write until its input ends. */
async function holder(db: string): Promise<ChildProcess> {
  const script = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const instance = await DuckDBInstance.create(process.argv[1]);
    await instance.connect();
    process.stdout.write('held');
    for await (const chunk of process.stdin) void chunk;
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, db], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

it('a sweep waits for another process that has the database open, and goes on', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  expect((await cli([...sweep(db), '--steps', '30'])).code).toBe(0);
  const other = await holder(db);
  const sweeping = cli(sweep(db));
  await wait(1500);
  other.stdin?.end();
  expect(await sweeping).toMatchObject({ code: 0 });
  expect(await stored(db)).toEqual(expected);
});

it('queries while a sweep runs never fail', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  const sweeping = cli(sweep(db));
  const ended = sweeping.then(() => true);
  const counts: number[] = [];
  while (!(await Promise.race([ended, wait(100, false)])))
    if (existsSync(db)) {
      const [[count] = []] = (await runSql({ db, sql: 'SELECT count(*)::INTEGER FROM units' })).rows;
      counts.push(Number(count));
    }
  expect(await sweeping).toMatchObject({ code: 0 });
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts.length).toBeGreaterThan(0);
  expect(await stored(db)).toEqual(expected);
});
