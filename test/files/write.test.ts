import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DiskFullError, HeuristraceError, UnwritableError } from '../../src/errors/errors.js';
import { writeFailure, writeWhole } from '../../src/files/write.js';
import { databaseError } from '../../src/store/database-errors.js';
import { scratchFolder } from '../support/scratch.js';

/** What a failed write is turned into. */
function failureOf(error: unknown): unknown {
  try {
    return writeFailure('/place', error);
  } catch (thrown) {
    return thrown;
  }
}

const failed = (code: string, text: string): Error =>
  Object.assign(new Error(`${code}: ${text}, write`), { code });

it.each([
  ['EACCES', 'permission denied', /another place/],
  ['EROFS', 'read-only file system', /another place/],
  ['ENAMETOOLONG', 'name too long', /shorter name/],
  ['EIO', 'i/o error', /disk or the file server .*again/],
  ['ESTALE', 'stale file handle', /disk or the file server .*again/],
])('%s is of a place that cannot be written, and says what to do', (code, text, next) => {
  for (const error of [failureOf(failed(code, text)), databaseError(failed(code, text), '/place', 'write')]) {
    expect(error).toBeInstanceOf(UnwritableError);
    expect(error).toMatchObject({ path: '/place', next: expect.stringMatching(next) as unknown });
  }
});

it.each([
  ['IO Error: Could not fsync file "/a.duckdb": Input/output error', 30, 20],
  ['IO Error: Could not read from file "/a.duckdb": Stale file handle', 30, 20],
])('what DuckDB says of a disk that fails is no fault of the program: %s', (message, written, read) => {
  for (const [mode, code] of [['write', written] as const, ['read', read] as const]) {
    const error = databaseError(new Error(message), '/a.duckdb', mode);
    expect(error).toBeInstanceOf(HeuristraceError);
    expect(error).toMatchObject({ exitCode: code, next: expect.stringContaining('file server') as unknown });
  }
});

it('a failure that is of no place is left as it is', () => {
  const error = failed('EINVAL', 'invalid argument');
  expect(failureOf(error)).toBe(error);
  expect(failureOf(failed('EDQUOT', 'quota exceeded'))).toBeInstanceOf(DiskFullError);
});

it('a file is written whole or not at all', async () => {
  const folder = scratchFolder();
  const path = join(folder, 'new/a.txt');
  await writeWhole(path, 'whole');
  expect(readFileSync(path, 'utf8')).toBe('whole');
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'file'), '');
  for (const name of ['taken', 'file/a.txt', 'x'.repeat(300)])
    await expect(writeWhole(join(folder, name), '')).rejects.toThrow(UnwritableError);
});
