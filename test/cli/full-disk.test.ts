import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runSql } from '../../src/queries/run-query.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';
import { smallDisk } from '../support/small-disk.js';
import { SMALL_RECIPE } from '../support/suites.js';

it('a full disk ends every command with its own code, loses nothing, and is no obstacle once there is room', async (context) => {
  const disk = smallDisk(context, 32);
  const home = scratchFolder();
  const recipe = join(home, 'recipe.json');
  writeFileSync(recipe, JSON.stringify(SMALL_RECIPE));
  const suite = join(disk, 'suite');
  const db = join(disk, 'a.duckdb');
  const filler = join(disk, 'filler');
  const fill = (): void => {
    const part = Buffer.alloc(64 * 1024);
    try {
      for (let i = 0; ; i++) writeFileSync(`${filler}-${i}`, part);
    } catch {
      // full now
    }
  };
  const makeRoom = (): void => {
    for (const name of readdirSync(disk)) if (name.startsWith('filler')) rmSync(join(disk, name));
  };
  const train = ['train', '--recipe', recipe, '--out', suite, '--seeds', '0'];
  const sweep = ['sweep', '--suite', suite, '--db', db, '--steps', '0,30'];

  fill();
  expect((await cli(train)).code).toBe(31);
  makeRoom();
  expect((await cli(train)).code).toBe(0);

  expect((await cli([...sweep.slice(0, -1), '30'])).code).toBe(0);
  const before = (await runSql({ db, sql: 'SELECT unit_id FROM units ORDER BY ALL' })).rows;
  fill();
  const full = await cli([...sweep, '--json']);
  expect(full.code).toBe(31);
  expect(full.stderr).toMatch(/no space left/);
  expect((await cli(['report', '--db', db, '--out', join(disk, 'r.html')])).code).toBe(31);
  makeRoom();
  expect((await runSql({ db, sql: 'SELECT unit_id FROM units ORDER BY ALL' })).rows).toEqual(before);
  const again = await cli([...sweep, '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ checkpoints: 2, reused: 1 });
  expect(readdirSync(disk).sort()).toEqual(['a.duckdb', 'a.duckdb.spool', 'suite']);
});
