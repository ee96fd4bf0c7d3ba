import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { runSql } from '../../src/queries/run-query.js';
import { projectPath } from '../support/fixtures.js';
import { buildExample, scratch } from '../store/example.js';

const PAGE = readFileSync(projectPath('docs/use-the-database.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  );
const python = process.env['HEURISTRACE_PYTHON'] ?? projectPath('.venv-hub/bin/python');

/** Where the examples run: with the database where they say, and `heuristrace` on the path. */
const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'heuristrace-out/embedded.duckdb');
const bin = join(folder, 'bin');
beforeAll(async () => {
  mkdirSync(dirname(db));
  mkdirSync(bin);
  await buildExample(db);
  const main = projectPath('dist/cli/main.js');
  writeFileSync(join(bin, 'heuristrace'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(join(bin, 'heuristrace'), 0o755);
});

const execute = promisify(execFile);
async function run(command: string, args: readonly string[]): Promise<string> {
  const path = [bin, dirname(python), process.env['PATH'] ?? ''].join(delimiter);
  const { stdout } = await execute(command, args, { cwd: folder, env: { PATH: path, HOME: folder } });
  return stdout;
}

function needs(context: TestContext, command: string, args: readonly string[], what: string): void {
  if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0) context.skip(`there is no ${what}`);
}

describe('docs/use-the-database.md', () => {
  it('has commands of heuristrace that run', async () => {
    const [own = ''] = blocks('sh');
    const [counts = '', sql = ''] = own.trim().split('\n');
    expect((await run('sh', ['-c', counts])).split('\n')[0]).toMatch(/^suite,seed,step,/);
    expect(await run('sh', ['-c', sql])).toContain('share');
  });

  it('has commands of DuckDB that run', async (context) => {
    const duckdb = join(dirname(python), 'duckdb');
    needs(context, duckdb, ['--version'], 'command line of DuckDB beside the Python of the tests');
    const [, asked = '', copied = ''] = blocks('sh');
    const [accuracy = '', columns = ''] = asked.trim().split('\n');
    expect(await run('sh', ['-c', accuracy])).toMatch(/^step,operator,accuracy\n.*\n/);
    expect(await run('sh', ['-c', columns])).toContain('excess,');
    await run('sh', ['-c', copied]);
    expect(existsSync(join(folder, 'lifetimes.parquet'))).toBe(true);
  });

  it('has Python that runs', async (context) => {
    needs(context, python, ['-c', 'import duckdb'], 'Python with duckdb');
    const [counts = '', named = ''] = blocks('python');
    const told = [
      '0: 1 neurons, 0.333',
      '10: 2 neurons, 0.500',
      '100: 1 neurons, 0.250',
      '1000: 3 neurons, 0.750',
    ];
    expect(await run(python, ['-c', counts])).toBe(
      told.map((step) => `step ${step} of those that can be classified\n`).join(''),
    );
    expect(await run(python, ['-c', named])).toMatch(/^\[\('toy', 0, 'paper', 'any', \d+, /);
  });

  it('has SQL in R that runs', async () => {
    const [r = ''] = blocks('r');
    const statements = [...r.matchAll(/dbGetQuery\(db, "([^"]+)"\)/g)].map(([, sql = '']) => sql);
    expect(statements).toHaveLength(2);
    for (const sql of statements) expect((await runSql({ db, sql })).rows.length).toBeGreaterThan(3);
  });
});
