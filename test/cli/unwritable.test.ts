import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';
import { smallDisk } from '../support/small-disk.js';
import { smallSuite } from '../support/suites.js';
import { tree } from '../store/spool/spools.js';

const QUICK = ['--measures', 'accuracy', '--engine', 'wasm', '--workers', '0'];

let home: string;
let suite: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'heuristrace-unwritable-'));
  suite = join(home, 'suite');
  await smallSuite(suite);
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** Sweeps, and says which events the log tells: `forecast` follows the start of an engine. */
async function sweep(args: readonly string[]) {
  const log = join(scratchFolder(), 'events.jsonl');
  const { code, stderr } = await cli(['sweep', '--suite', suite, ...QUICK, '--events', log, ...args]);
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const events = lines.map((line) => (JSON.parse(line) as { readonly event: string }).event);
  return { code, stderr, events };
}

function makeReadOnly(disk: string): void {
  execFileSync('mount', ['-o', 'remount,ro', disk]);
}

/** Folders that may be written, and one that may not. */
function places(context: TestContext) {
  const folder = scratchFolder();
  const [file, disk] = [join(folder, 'file'), smallDisk(context, 1)];
  writeFileSync(file, '');
  makeReadOnly(disk);
  return { folder, file, disk };
}

describe('a place that cannot be written is told before an engine starts:', () => {
  type Places = ReturnType<typeof places>;
  const cases: [string, (at: Places) => { readonly db: string; readonly spool?: string }, keyof Places][] = [
    ['a database on a read-only disk', ({ disk }) => ({ db: join(disk, 'new/a.duckdb') }), 'disk'],
    ['a database below a file', ({ file }) => ({ db: join(file, 'a.duckdb') }), 'file'],
    [
      'a database below a file, the spool elsewhere',
      ({ file, folder }) => ({ db: join(file, 'a.duckdb'), spool: join(folder, 'new/spool') }),
      'file',
    ],
    [
      'a spool on a read-only disk',
      ({ disk, folder }) => ({ db: join(folder, 'new/a.duckdb'), spool: join(disk, 'spool') }),
      'disk',
    ],
    [
      'a spool below a file',
      ({ file, folder }) => ({ db: join(folder, 'new/a.duckdb'), spool: join(file, 'spool') }),
      'file',
    ],
    ['a spool that is a file', ({ file, folder }) => ({ db: join(folder, 'a.duckdb'), spool: file }), 'file'],
    [
      'a database whose name is too long',
      ({ folder }) => ({
        db: join(folder, 'new', `${'x'.repeat(240)}.duckdb`),
        spool: join(folder, 'spool'),
      }),
      'folder',
    ],
    [
      'a spool whose name is too long',
      ({ folder }) => ({ db: join(folder, 'new/a.duckdb'), spool: join(folder, 'new', 'x'.repeat(300)) }),
      'folder',
    ],
    [
      'a database that is the spool',
      ({ folder }) => ({ db: join(folder, 'new/both'), spool: join(folder, 'new/both') }),
      'folder',
    ],
    [
      'a spool below the database',
      ({ folder }) => ({ db: join(folder, 'new/a.duckdb'), spool: join(folder, 'new/a.duckdb/spool') }),
      'folder',
    ],
  ];
  it.for(cases)('%s', async ([, choose, named], context) => {
    const at = places(context);
    const { db, spool } = choose(at);
    const before = tree(at.folder);
    const { code, stderr, events } = await sweep([
      '--db',
      db,
      ...(spool === undefined ? [] : ['--spool', spool]),
    ]);
    expect([code, events]).toEqual([30, ['end']]);
    expect(stderr).toContain(at[named]);
    expect(tree(at.folder)).toEqual(before);
  });
});

describe('a place that cannot be written is no obstacle', () => {
  it('to a shard where it is the database, which others write', async (context) => {
    const { file, folder } = places(context);
    const where = ['--db', join(file, 'a.duckdb'), '--spool', join(folder, 'spool')];
    expect((await sweep([...where, '--shard', '0/3'])).code).toBe(0);
  });

  it('to a plan', async (context) => {
    const { file, folder } = places(context);
    const before = tree(folder);
    const plan = ['plan', '--suite', suite, ...QUICK, '--db', join(file, 'a.duckdb')];
    expect((await cli(plan)).code).toBe(0);
    expect(tree(folder)).toEqual(before);
  });

  it('to a sweep whose results lie there already', async (context) => {
    const disk = smallDisk(context, 16);
    const db = join(disk, 'a.duckdb');
    const one = ['--db', db, '--steps', '30', '--seeds', '0'];
    expect((await sweep(one)).code).toBe(0);
    makeReadOnly(disk);
    const again = await sweep(one);
    expect([again.code, again.events]).toEqual([0, ['plan', 'end']]);
    const more = await sweep(['--db', db, '--steps', '0', '--seeds', '0']);
    expect([more.code, more.events]).toEqual([30, ['end']]);
    expect(more.stderr).toContain(disk);
  });
});

it('a sweep that fails leaves no folder for results behind', async () => {
  const folder = scratchFolder();
  const notes = join(folder, 'notes.txt');
  writeFileSync(notes, 'no database');
  mkdirSync(join(folder, 'empty'));
  const before = tree(folder);
  expect((await sweep(['--db', notes])).code).toBe(20);
  expect((await sweep(['--db', join(folder, 'new/a.duckdb'), '--steps', '7'])).code).toBe(4);
  expect((await sweep(['--db', join(folder, 'empty/a.duckdb'), '--steps', '7'])).code).toBe(4);
  expect(tree(folder)).toEqual(before);
});
