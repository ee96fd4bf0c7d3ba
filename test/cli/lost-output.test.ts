import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outputFailure } from '../../src/cli/terminal/lost-output.js';
import { DiskFullError, UnwritableError } from '../../src/errors/errors.js';
import { buildExample } from '../store/example.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { QUICK, rows } from '../support/sweeping.js';

let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'heuristrace-lost-'));
  await smallSuite(join(home, 'suite'));
  const settings = { ...QUICK, measures: ['accuracy'], engine: 'wasm', workers: 0 };
  writeFileSync(join(home, 'config.json'), JSON.stringify(settings));
});

afterAll(() => {
  rmSync(home, { recursive: true });
});

/** Runs a line of the shell in which `heuristrace` is the built program. @returns its exit code and what it says */
function shell(line: string): Promise<{ readonly code: number; readonly said: string }> {
  const program = `heuristrace() { "${process.execPath}" "${projectPath('dist/cli/main.js')}" "$@"; }`;
  const result = join(scratchFolder(), 'code');
  const noted = line.replace('RC', `echo $? >"${result}"`);
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', `${program}\n${noted}`], (_error, stdout, stderr) => {
      resolve({ code: Number(readFileSync(result, 'utf8')), said: stdout + stderr });
    });
  });
}

const sweep = (db: string): string =>
  `heuristrace sweep --suite "${home}/suite" --config "${home}/config.json" --db "${db}"`;

it.each([
  ['is closed by its reader', (line: string) => `(${line}; RC) 2>&1 | head -1`],
  ['is closed by its reader at once', (line: string) => `(sleep 0.2; ${line}; RC) 2>&1 | true`],
  ['is a full disk', (line: string) => `${line} 2>/dev/full; RC`],
])('a sweep whose stderr %s goes on to its end', async (_how, lineOf) => {
  const db = join(scratchFolder(), 'a.duckdb');
  expect(await shell(lineOf(sweep(db)))).toMatchObject({ code: 0 });
  expect(await rows(db, 'SELECT count(DISTINCT step)::INTEGER FROM units')).toEqual([[3]]);
  expect(readdirSync(`${db}.spool`).filter((name) => name.startsWith('.'))).toEqual([]);
});

it('an error keeps its exit code when stderr is lost', async () => {
  const line = `heuristrace query --db "${home}/none.duckdb" accuracy-by-step 2>/dev/full; RC`;
  expect((await shell(line)).code).toBe(20);
});

it('an answer that a full disk does not take is an error of its own, without a stack', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  await buildExample(db);
  const query = `heuristrace query --db "${db}" --sql "FROM units"`;
  const full = await shell(`${query} >/dev/full; RC`);
  expect(full.code).toBe(31);
  expect(full.said).toMatch(/^error: no space left on the device while writing standard output\n {2}Free/);
  expect(full.said).not.toMatch(/\n\s+at /);
  expect((await shell(`${query} >/dev/full 2>/dev/full; RC`)).code).toBe(31);
  expect((await shell(`(sleep 0.2; ${query}; RC) | true`)).code).toBe(0);
  expect(existsSync('/dev/full')).toBe(true);
});

it('a write error of stdout is the error that the same of a file is, and a closed pipe none', () => {
  const failed = (code: string) => outputFailure(Object.assign(new Error('write'), { code }));
  expect(failed('EPIPE')).toBeNull();
  expect(failed('ENOSPC')).toBeInstanceOf(DiskFullError);
  expect(failed('EIO')).toBeInstanceOf(UnwritableError);
  expect(failed('EIO')?.message).toBe('cannot write standard output: EIO');
});
