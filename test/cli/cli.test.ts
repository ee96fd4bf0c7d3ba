import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSql } from '../../src/queries/run-query.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';
import { SMALL_RECIPE } from '../support/suites.js';

let home: string;
let suite: string;
let db: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'heuristrace-cli-'));
  [suite, db] = [join(home, 'suite'), join(home, 'a.duckdb')];
  const recipe = join(home, 'recipe.json');
  writeFileSync(recipe, JSON.stringify(SMALL_RECIPE));
  expect(await cli(['train', '--recipe', recipe, '--out', suite, '--quiet'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect((await cli(['sweep', '--suite', suite, '--db', db])).code).toBe(0);
});

afterAll(() => {
  rmSync(home, { recursive: true });
});

describe('help', () => {
  it.each([
    [],
    ['demo'],
    ['sweep'],
    ['plan'],
    ['status'],
    ['merge'],
    ['rebuild'],
    ['fetch'],
    ['cache'],
    ['cache', 'clean'],
    ['query'],
    ['report'],
    ['train'],
    ['suites'],
    ['suites', 'check'],
  ])('of %j shows examples', async (...command) => {
    const { code, stdout } = await cli([...command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Usage: heuristrace/);
    expect(stdout).toMatch(/Examples:\n {2}heuristrace/);
  });

  it('loads none of the heavy libraries', async () => {
    const loadedBy = async (args: string[]): Promise<string> => {
      const folder = scratchFolder();
      expect((await cli(args, { env: { NODE_V8_COVERAGE: folder } })).code).toBe(0);
      return readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join();
    };
    const heavy = /node_modules\/(@tensorflow|@duckdb|vega|zod|@huggingface)/;
    expect(await loadedBy(['--help'])).not.toMatch(heavy);
    for (const command of [['sweep'], ['plan'], ['merge'], ['fetch'], ['cache']])
      expect(await loadedBy([...command, '--help'])).not.toMatch(heavy);
    expect(await loadedBy(['suites'])).toMatch(heavy);
  });
});

describe('bad usage', () => {
  it.each<[string, string[], number, RegExp]>([
    ['an unknown command', ['swep'], 2, /Did you mean sweep/],
    ['an unknown option', ['sweep', '--sed', '1'], 2, /--sed.*\n?.*Did you mean/],
    ['a value of the wrong form', ['sweep', '--batch', 'many'], 3, /batch/],
    ['an unknown operator', ['sweep', '--operators', '+,^'], 4, /unknown operator '\^'/],
    ['an unknown engine', ['sweep', '--engine', 'wasn'], 4, /Did you mean 'wasm'/],
    ['an unknown suite', ['sweep', '--suite', 'embeded'], 4, /Did you mean 'embedded'/],
    [
      'an unknown preset',
      ['sweep', '--presets', 'papper', '--db', '/nonexistent/x'],
      4,
      /Did you mean 'paper'/,
    ],
    ['an unknown step', ['sweep', '--steps', '513'], 4, /Did you mean '512'/],
    ['an unknown query', ['query', 'heuristics-count'], 4, /Did you mean 'heuristic-counts'/],
    ['an unknown format', ['query', '--format', 'xlsx'], 2, /Known: table/],
    ['a recipe that is not there', ['train', '--recipe', 'no.json'], 2, /no\.json/],
    ['an unknown seed to train', ['train', '--seeds', '9'], 4, /seed '9'/],
    ['a folder without a manifest', ['sweep', '--suite', tmpdir()], 11, /suite\.json/],
    ['a database that is not there', ['query', 'coverage', '--db', '/nonexistent/a.duckdb'], 20, /a\.duckdb/],
  ])('%s', async (_name, args, code, message) => {
    const result = await cli(args);
    expect(`${result.code}: ${result.stderr}`).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.stdout).toBe('');
  });

  it('a config file names the field that is wrong', async () => {
    const config = join(scratchFolder(), 'sweep.json');
    writeFileSync(config, JSON.stringify({ suite, batches: 3, minPrompts: 0 }));
    const result = await cli(['sweep', '--config', config]);
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/sweep\.json.*batches.*minPrompts|minPrompts.*batches/s);
  });

  it('a file that is no database is left as it is', async () => {
    const path = join(scratchFolder(), 'notes.txt');
    writeFileSync(path, 'not a database, just notes'.repeat(1000));
    for (const args of [
      ['query', 'coverage', '--db', path],
      ['report', '--db', path],
      ['sweep', '--suite', suite, '--db', path],
    ])
      expect((await cli(args)).code).toBe(20);
    expect(readFileSync(path, 'utf8')).toMatch(/^not a database/);
  });

  it('an unwritable place is named', async () => {
    const file = join(scratchFolder(), 'file');
    writeFileSync(file, '');
    for (const args of [
      ['sweep', '--suite', suite, '--db', join(file, 'a.duckdb')],
      ['report', '--db', db, '--out', join(file, 'r.html')],
      ['train', '--recipe', join(home, 'recipe.json'), '--out', join(file, 'suite')],
      ['query', 'coverage', '--db', db, '--format', 'csv', '--out', join(file, 'x.csv')],
      ['query', 'coverage', '--db', db, '--format', 'parquet', '--out', join(file, 'x.parquet')],
    ]) {
      const result = await cli(args);
      expect(`${args[0] ?? ''} ${result.code}`).toBe(`${args[0] ?? ''} 30`);
      expect(result.stderr).toContain(file);
    }
  });
});

describe('a sweep on the command line', () => {
  it('says the same through options and through a config file', async () => {
    const folder = scratchFolder();
    const config = join(folder, 'sweep.json');
    writeFileSync(
      config,
      JSON.stringify({ suite, steps: [0, 30], operators: ['+'], seeds: [0], db: join(folder, 'b') }),
    );
    const one = [
      'sweep',
      '--suite',
      suite,
      '--steps',
      '0,30',
      '--operators',
      '+',
      '--seeds',
      '0',
      '--db',
      join(folder, 'a'),
    ];
    expect((await cli(one)).code).toBe(0);
    expect((await cli(['sweep', '--config', config])).code).toBe(0);
    const units = async (name: string): Promise<unknown> =>
      (await runSql({ db: join(folder, name), sql: 'SELECT unit_id FROM units ORDER BY ALL' })).rows;
    expect(await units('b')).toEqual(await units('a'));
    const again = await cli([...one, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ checkpoints: 2, reused: 2 });
  });

  it('gives with workers the rows that it gives without', async () => {
    const path = join(scratchFolder(), 'a.duckdb');
    expect((await cli(['sweep', '--suite', suite, '--db', path, '--workers', '0'])).code).toBe(0);
    const sql = 'SELECT * FROM neuron_heuristics ORDER BY ALL';
    expect((await runSql({ db: path, sql })).rows).toEqual((await runSql({ db, sql })).rows);
  });

  it('prints the summary on stdout and everything else on stderr; --quiet leaves stderr empty', async () => {
    const loud = await cli(['sweep', '--suite', suite, '--db', db]);
    expect(loud.stdout).toMatch(/\+ right/);
    expect(loud.stdout).toMatch(/rise of accuracy: \+ \w+/);
    expect(loud.stderr).toMatch(/all 5 checkpoints are stored already/);
    const quiet = await cli(['sweep', '--suite', suite, '--db', db, '--quiet']);
    expect(quiet).toMatchObject({ code: 0, stderr: '', stdout: loud.stdout });
  });

  it('writes no escape sequences into pipes', async () => {
    for (const result of [
      await cli(['suites']),
      await cli(['query', 'nothing', '--db', db]),
      await cli(['sweep', '--suite', suite, '--db', db]),
    ])
      expect(result.stdout + result.stderr).not.toContain('\u001b');
  });

  it('ends with 130 after Ctrl-C and goes on where it stopped', async () => {
    const path = join(scratchFolder(), 'a.duckdb');
    const args = ['sweep', '--seeds', '0', '--steps', '0,1,2,4,8,16,32', '--operators', '*,-', '--db', path];
    let sent = false;
    const stopped = await cli(args, {
      onStderr: (text, kill) => {
        if (!sent && /1\/8 checkpoints/.test(text)) kill();
        sent ||= /1\/8 checkpoints/.test(text);
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(/stopped: interrupted/);
    const again = await cli([...args, '--json']);
    expect(again.code).toBe(0);
    const { checkpoints, reused } = JSON.parse(again.stdout) as { checkpoints: number; reused: number };
    expect(checkpoints).toBe(8); // with the reference
    expect(reused).toBeGreaterThan(0);
    expect(reused).toBeLessThan(8);
  });
});

describe('queries on the command line', () => {
  it('lists them', async () => {
    const { stdout } = await cli(['query']);
    for (const name of [
      'accuracy-by-step',
      'heuristic-counts',
      'neurons-of-a-heuristic',
      'heuristics-of-a-neuron',
      'shared-with-reference',
      'births-and-deaths',
    ])
      expect(stdout).toContain(name);
  });

  it('runs one with parameters, in every format', async () => {
    const args = ['query', 'accuracy-by-step', '--db', db, '--param', 'operator=+', '--param', 'seed=0'];
    const table = await cli(args);
    expect(table.stdout.split('\n')[0]).toMatch(/suite +seed +step/);
    const json: unknown = JSON.parse((await cli([...args, '--json'])).stdout);
    expect(json).toHaveLength(3);
    expect((await cli([...args, '--format', 'csv'])).stdout.split('\n')[0]).toMatch(/^suite,seed,step/);
    expect((await cli([...args, '--format', 'markdown'])).stdout).toMatch(/^\| suite \| seed/);
    const out = join(scratchFolder(), 'x.parquet');
    expect((await cli([...args, '--format', 'parquet', '--out', out])).code).toBe(0);
    expect(readFileSync(out).subarray(0, 4).toString()).toBe('PAR1');
  });

  it.each([
    [['--param', 'operatr=+'], 4, /Did you mean 'operator'/],
    [['--param', 'operator=%'], 4, /unknown operator '%'/],
    [['--param', 'seed=first'], 2, /whole number/],
    [['--param', 'seed'], 2, /name=value/],
    [['--sql', 'SELECT 1'], 2, /exclude each other/],
  ])('refuses %j', async (more, code, message) => {
    const result = await cli(['query', 'accuracy-by-step', '--db', db, ...more]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });

  it('runs SQL that reads, and no other', async () => {
    const read = await cli(['query', '--db', db, '--json', '--sql', 'SELECT count(*) AS n FROM checkpoints']);
    expect(JSON.parse(read.stdout)).toEqual([{ n: 5 }]);
    const write = await cli(['query', '--db', db, '--sql', 'DROP TABLE accuracy']);
    expect(write.code).toBe(23);
    const wrong = await cli(['query', '--db', db, '--sql', 'SELECT stepp FROM accuracy']);
    expect(wrong.code).toBe(23);
    expect(wrong.stderr).toMatch(/stepp/);
  });
});
