import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { facts, QUICK } from '../support/sweeping.js';

it('shards, a merge and a rebuild give what one sweep gives, and say how far they are', async () => {
  const home = scratchFolder();
  await smallSuite(join(home, 'suite'));
  const config = join(home, 'config.json');
  const settings = { ...QUICK, measures: ['accuracy', 'classification', 'faithfulness'], presets: ['paper'] };
  writeFileSync(config, JSON.stringify({ ...settings, engine: 'wasm', workers: 0 }));
  const [whole, db, spool, events] = ['whole.duckdb', 'a.duckdb', 'spool', 'events.jsonl'].map((name) =>
    join(home, name),
  );
  if (whole === undefined || db === undefined || spool === undefined || events === undefined)
    throw new Error('no names');
  const common = ['--suite', join(home, 'suite'), '--config', config];
  const ok = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await cli(args, { env });
    expect([code, stderr.includes('error')]).toEqual([0, false]);
    return stdout;
  };
  await ok(['sweep', ...common, '--db', whole, '--events', events]);
  const lines = readFileSync(events, 'utf8').trim().split('\n');
  const told = lines.map((line) => JSON.parse(line) as { readonly event: string; readonly step?: number });
  expect(told.map(({ event }) => event)).toEqual([
    ...['forecast', 'plan'],
    ...Array.from({ length: 3 }, () => 'checkpoint'),
    'end',
  ]);
  expect(told[2]).toMatchObject({ seed: 0, step: 30, todo: 3, error: null });

  const sharded = [...common, '--db', db, '--spool', spool];
  await ok(['sweep', ...sharded, '--shard', '0/2']);
  expect(existsSync(db)).toBe(false);
  const plan = await ok(['plan', ...sharded, '--shard', '1/2', '--json']);
  expect(JSON.parse(plan)).toMatchObject({ checkpoints: [{ step: 0, state: 'to do' }] });
  const half = await ok(['status', '--db', db, '--spool', spool]);
  expect(half).toMatch(/does not exist yet/);
  expect(half).toMatch(/10 units in 2 batches.*10 are not in the database yet/);
  const slurm = { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '2' };
  await ok(['sweep', ...sharded, '--shard', 'auto'], slurm);
  expect(JSON.parse(await ok(['merge', spool, '--db', db, '--json']))).toMatchObject({ inserted: 15 });
  expect(await facts(db)).toEqual(await facts(whole));
  expect(await ok(['plan', ...sharded])).toMatch(/3 checkpoints, 3 stored, 0 to analyse/);
  expect(await ok(['status', '--db', db, '--spool', spool])).toMatch(/15 units of 3 checkpoints done/);

  rmSync(db);
  await ok(['rebuild', '--db', db, '--spool', spool]);
  expect(await facts(db)).toEqual(await facts(whole));
});

it('a shard without a share leaves a spool that can be merged', async () => {
  const home = scratchFolder();
  await smallSuite(join(home, 'suite'));
  const [db, spool] = [join(home, 'a.duckdb'), join(home, 'sh1')];
  const common = ['--suite', join(home, 'suite'), '--db', db, '--engine', 'wasm', '--workers', '0'];
  const sweep = ['sweep', ...common, '--measures', 'accuracy', '--steps', '30', '--prompt-set', 'all'];
  const none = await cli([...sweep, '--spool', spool, '--shard', '1/2']);
  expect([none.code, none.stderr]).toEqual([0, expect.stringMatching(/shard 1\/2 had no share/)]);
  expect(none.stderr).not.toMatch(/all 0 checkpoints/);
  const merged = await cli(['merge', spool, '--db', db]);
  expect([merged.code, merged.stderr]).toEqual([0, expect.stringMatching(/0 units added/)]);
  expect(existsSync(db)).toBe(false);
  const own = join(home, 'sh0');
  expect((await cli([...sweep, '--spool', own, '--shard', '0/2'])).code).toBe(0);
  const both = await cli(['merge', own, spool, '--db', db, '--json']);
  expect([both.code, JSON.parse(both.stdout)]).toEqual([0, expect.objectContaining({ inserted: 1 })]);
});

it('what cannot be done has its exit code', async () => {
  const home = scratchFolder();
  await smallSuite(join(home, 'suite'));
  const db = join(home, 'a.duckdb');
  const sweep = ['sweep', '--suite', join(home, 'suite'), '--db', db, '--engine', 'wasm', '--workers', '0'];
  expect((await cli([...sweep, '--shard', '2/2'])).code).toBe(2);
  expect((await cli([...sweep, '--shard', 'auto'])).code).toBe(2);
  expect((await cli([...sweep, '--max-time', '5 parsecs'])).code).toBe(2);
  expect((await cli([...sweep, '--events', join(home, 'suite')])).code).toBe(30);
  const late = await cli([...sweep, '--max-time', '0s']);
  expect([late.code, late.stderr]).toEqual([53, expect.stringMatching(/3 checkpoint\(s\) are left/)]);
  expect((await cli(['merge', join(home, 'none'), '--db', db])).code).toBe(2);
  expect((await cli(['rebuild', '--db', db])).code).toBe(2);
  expect((await cli([...sweep, '--measures', 'accuracy'])).code).toBe(0);
  const batch = (await cli(['status', '--db', db, '--json'])).stdout;
  expect(JSON.parse(batch)).toMatchObject({ spool: { notStored: 0, damaged: 0 }, sweeps: [] });
});
