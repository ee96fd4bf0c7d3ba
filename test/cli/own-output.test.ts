import { linkSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildExample } from '../store/example.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';

it('no command writes its output over the database that it reads, through links neither', async () => {
  const folder = scratchFolder();
  const db = join(folder, 'a.duckdb');
  const [linked, sameFile, through] = [join(folder, 'link'), join(folder, 'hard'), join(folder, 'self')];
  await buildExample(db);
  symlinkSync(db, linked);
  linkSync(db, sameFile);
  symlinkSync(folder, through);
  const before = readFileSync(db);
  const sql = ['--sql', 'SELECT 1 AS one'];
  const commands: readonly (readonly string[])[] = [
    ['report', '--db', db, '--out', db],
    ['report', '--db', linked, '--out', db, '--watch'],
    ['query', '--db', db, ...sql, '--out', linked],
    ['query', '--db', db, ...sql, '--format', 'parquet', '--out', sameFile],
    ['query', '--db', db, ...sql, '--out', join(through, 'a.duckdb')],
    ['explain', '1+1=', '--db', db, '--svg', db],
    ['sweep', '--db', db, '--events', db],
    ['sweep', '--db', join(folder, 'new.duckdb'), '--events', join(through, 'new.duckdb')],
  ];
  for (const command of commands) {
    const { code, stderr } = await cli(command);
    expect([command, code]).toEqual([command, 2]);
    expect(stderr).toMatch(/names the database itself/);
  }
  expect(readFileSync(db).equals(before)).toBe(true);
});

it('a database that is not there is not advised to be made by a command that reads', async () => {
  const { code, stderr } = await cli([
    'query',
    '--db',
    join(scratchFolder(), 'none.duckdb'),
    'accuracy-by-step',
  ]);
  expect(code).toBe(20);
  expect(stderr).not.toMatch(/not exist yet/);
  expect(stderr).toMatch(/heuristrace rebuild/);
});
