import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DatabaseLockedError,
  DatabaseVersionError,
  NotADatabaseError,
} from '../../src/errors/database-errors.js';
import { DiskFullError, UnwritableError } from '../../src/errors/errors.js';
import { commitStep } from '../support/commit-step.js';
import { readStore, writeStore } from '../../src/store/database.js';
import { SCHEMA_VERSION } from '../../src/store/schema/tables.js';
import { storedUnits } from '../../src/store/stored-units.js';
import { EXAMPLE_STEPS, buildEmpty, commitAll, exampleStep, scratch } from './example.js';
import { smallDisk } from '../support/small-disk.js';

let folder: string;
let remove: () => void;
let db: string;
beforeEach(() => {
  ({ folder, remove } = scratch());
  db = join(folder, 'test.duckdb');
});
afterEach(() => remove());

const programVersion = '0.1.0';
const commit = (path: string, waitMs = 0) =>
  commitStep({ db: path, programVersion, waitMs, batch: exampleStep(0, 10) });

/** Opens and writes a database in this process without the store. */
async function withDuckDb(path: string, ...statements: string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

/** A process of its own that holds a database until it is told to end. */
async function holder(path: string, mode: 'READ_ONLY' | 'READ_WRITE'): Promise<() => Promise<void>> {
  const library = pathToFileURL(createRequire(import.meta.url).resolve('@duckdb/node-api')).href;
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import duckdb from ${JSON.stringify(library)};
       const instance = await duckdb.DuckDBInstance.create(process.argv[1], { access_mode: process.argv[2] });
       console.log('held');
       process.stdin.resume().on('end', () => instance.closeSync());`,
      path,
      mode,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  return async () => {
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  };
}

describe('a file that is no database of ours', () => {
  it.each<[string, (path: string) => unknown]>([
    ['a text file', (path) => writeFileSync(path, 'step,accuracy\n'.repeat(1000))],
    ['an empty file', (path) => writeFileSync(path, '')],
    ['a folder', (path) => mkdirSync(path)],
    ['a DuckDB database of someone else', (path) => withDuckDb(path, 'CREATE TABLE t (a INTEGER)')],
    ['a DuckDB database without tables', (path) => withDuckDb(path)],
    [
      'our database, cut short',
      async (path) => {
        await buildEmpty(path);
        truncateSync(path, 20_000);
      },
    ],
    [
      'our database with damaged bytes',
      async (path) => {
        await buildEmpty(path);
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(255, 4096, 12_288));
      },
    ],
  ])('%s is refused to read and to write, and stays as it is', async (name, make) => {
    await make(db);
    const before = name === 'a folder' ? null : readFileSync(db);
    await expect(storedUnits({ db, waitMs: 0 })).rejects.toThrow(NotADatabaseError);
    await expect(commit(db)).rejects.toThrow(name === 'a folder' ? UnwritableError : NotADatabaseError);
    if (before !== null) expect(readFileSync(db).equals(before)).toBe(true);
  });

  it('an absent file cannot be read', async () => {
    await expect(readStore({ db }, () => Promise.resolve())).rejects.toThrow(NotADatabaseError);
  });

  it('a database of another schema version is refused', async () => {
    await buildEmpty(db);
    await withDuckDb(db, 'UPDATE schema_info SET schema_version = 99');
    await expect(storedUnits({ db })).rejects.toThrow(
      new DatabaseVersionError(db, 99, SCHEMA_VERSION).message,
    );
    await expect(commit(db)).rejects.toThrow(DatabaseVersionError);
  });
});

describe('a database that cannot be written', () => {
  it.each([
    ['under a regular file', (path: string) => join(path, 'file', 'x.duckdb')],
    ['in a folder that takes no files', () => '/proc/heuristrace.duckdb'],
    ['with a name that is too long', (path: string) => join(path, `${'x'.repeat(300)}.duckdb`)],
    // Its first bytes are of no process: reading them is an error of input and output.
    ['on a disk that fails', () => '/proc/self/mem'],
  ])('%s', async (_name, place) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(commit(place(folder))).rejects.toThrow(UnwritableError);
  });

  it('on a full disk: an error of its own, and every step committed before is kept', async (context) => {
    const disk = smallDisk(context, 3);
    const full = join(disk, 'full.duckdb');
    await buildEmpty(full);
    const batch = (seed: number) => {
      const { dimensions, units } = exampleStep(seed, 10);
      const prompts = Array.from({ length: 20_000 }, (_, i) => ({
        suite: 'toy',
        prompts_hash: `set ${seed}`,
        operator: '+' as const,
        op1: (i * 7919) % 1_000_003,
        op2: i,
        answer: (i * 104_729) % 1_000_003,
        split: null,
        trivial: false,
        analysis_role: null,
      }));
      return { dimensions: { ...dimensions, prompts }, units };
    };
    let committed = 0;
    const fill = async (): Promise<never> => {
      for (;;) {
        await commitStep({ db: full, programVersion, batch: batch(committed) });
        committed++;
      }
    };
    await expect(fill()).rejects.toThrow(DiskFullError);
    expect(committed).toBeGreaterThan(0);
    expect((await storedUnits({ db: full })).size).toBe(2 * committed);
    expect(
      await readStore({ db: full }, async (connection) =>
        (
          await connection.runAndReadAll(
            `SELECT count(*)::INTEGER, count(DISTINCT prompts_hash)::INTEGER FROM prompts`,
          )
        ).getRowsJS(),
      ),
    ).toEqual([[20_000 * committed, committed]]);

    const none = join(disk, 'none.duckdb');
    await expect(buildEmpty(none)).rejects.toThrow(DiskFullError);
    expect(readdirSync(disk).filter((name) => name.startsWith('none'))).toEqual([]);
  });
});

describe('a database in use', () => {
  it('by another process that writes: refused after the wait, used when it is free', async () => {
    await buildEmpty(db);
    const release = await holder(db, 'READ_WRITE');
    await expect(commit(db)).rejects.toThrow(DatabaseLockedError);
    await expect(commit(db)).rejects.toThrow(/PID \d+/);
    await expect(storedUnits({ db, waitMs: 0 })).rejects.toThrow(DatabaseLockedError);
    const patient = commit(db, 60_000);
    await release();
    await patient;
    expect((await storedUnits({ db })).size).toBe(2);
  });

  it('by another process that reads: readers share it, writers wait', async () => {
    await buildEmpty(db);
    const release = await holder(db, 'READ_ONLY');
    expect((await storedUnits({ db, waitMs: 0 })).size).toBe(0);
    await expect(commit(db)).rejects.toThrow(DatabaseLockedError);
    await release();
    await commit(db);
  });

  it('by this process: the same rules, which DuckDB alone does not keep', async () => {
    await buildEmpty(db);
    await readStore({ db }, async () => {
      expect((await storedUnits({ db, waitMs: 0 })).size).toBe(0);
      await expect(commit(db)).rejects.toThrow(DatabaseLockedError);
    });
    await writeStore({ db, programVersion }, async () => {
      await expect(storedUnits({ db, waitMs: 0 })).rejects.toThrow(DatabaseLockedError);
      await expect(commit(db)).rejects.toThrow(DatabaseLockedError);
    });
    await commit(db);
  });

  it('commits at the same time are done one after another, the file being made once', async () => {
    await Promise.all(
      EXAMPLE_STEPS.map((step) => commitStep({ db, programVersion, batch: exampleStep(0, step) })),
    );
    expect((await storedUnits({ db })).size).toBe(8);
    expect(readdirSync(folder)).toEqual(['test.duckdb']);
  });
});

describe('a database whose making was cut short', () => {
  it.each<[string, (path: string) => unknown]>([
    ['before its first bytes', (path) => writeFileSync(path, '')],
    ['before its tables', (path) => withDuckDb(path)],
  ])('%s is made anew', async (_name, make) => {
    await make(`${db}.creating`);
    await commitAll(db, [exampleStep(0, 10)]);
    expect((await storedUnits({ db })).size).toBe(2);
    expect(readdirSync(folder)).toEqual(['test.duckdb']);
  });
});

it('reading can neither write nor reach other files', async () => {
  await buildEmpty(db);
  for (const sql of [
    'CREATE TABLE t (a INTEGER)',
    `COPY units TO '${folder}/x.csv'`,
    "FROM read_text('/etc/passwd')",
  ])
    await expect(readStore({ db }, (connection) => connection.run(sql))).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['test.duckdb']);
});
