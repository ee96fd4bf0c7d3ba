import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { createColors } from 'picocolors';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { complete } from '../../src/cli/shell/completion.js';
import { historyFile, readHistory, writeHistory } from '../../src/cli/shell/history.js';
import { runInteractive } from '../../src/cli/shell/interactive.js';
import { Reader, runScript } from '../../src/cli/shell/run-script.js';
import type { Session } from '../../src/cli/shell/session.js';
import { saysSomething, splitStatements } from '../../src/cli/shell/split-statements.js';
import { QueryError } from '../../src/errors/database-errors.js';
import { UnknownNameError, UsageError } from '../../src/errors/errors.js';
import { writeStore } from '../../src/store/database.js';
import { buildExample, scratch } from '../store/example.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'example.duckdb');
beforeAll(() => buildExample(db));

let written: string[] = [];
const session = (more: Partial<Session> = {}): Session => ({
  ...{ db, access: null, mode: 'csv', mostRows: 0, signal: undefined },
  out: (text) => written.push(text),
  note: (text) => written.push(`note: ${text}`),
  ...more,
});
beforeEach(() => {
  written = [];
});
const script = (text: string, more: Partial<Session> = {}): Promise<void> =>
  runScript(session(more), text.split('\n'));

describe('statements', () => {
  it.each([
    ['SELECT 1; SELECT 2;', ['SELECT 1;', 'SELECT 2;'], ''],
    ['SELECT \';\' AS "a;b"; x', ['SELECT \';\' AS "a;b";'], ' x'],
    ["SELECT 'it''s;' ;", ["SELECT 'it''s;' ;"], ''],
    ["SELECT e'\\';' ;", ["SELECT e'\\';' ;"], ''],
    ['SELECT 1 -- no; end\n;', ['SELECT 1 -- no; end\n;'], ''],
    ['/* a; b */ SELECT 1;', ['/* a; b */ SELECT 1;'], ''],
    ['SELECT $$;$$, $a$ $b$;$a$;', ['SELECT $$;$$, $a$ $b$;$a$;'], ''],
    ["SELECT 'open; text", [], "SELECT 'open; text"],
    ['SELECT 1 /* open; comment', [], 'SELECT 1 /* open; comment'],
  ])('%s', (sql, statements, rest) => {
    expect(splitStatements(sql)).toEqual({ statements, rest });
  });

  it('lose nothing but blanks around them', () => {
    const piece = fc.constantFrom("'a;b'", '"c;"', '-- d;\n', '/* e; */', ';', 'SELECT', ' ', '1', "'");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { statements, rest } = splitStatements(pieces.join(''));
        expect([...statements, rest].join('').replaceAll(/\s/g, '')).toBe(
          pieces.join('').replaceAll(/\s/g, ''),
        );
      }),
    );
  });

  it.each([
    [';', false],
    [' -- only; this\n', false],
    ['/* open', false],
    ['x', true],
  ])('%j says something: %s', (sql, says) => {
    expect(saysSomething(sql)).toBe(says);
  });
});

describe('a script', () => {
  it('runs statements over several lines, the last one without a semicolon too', async () => {
    await script('SELECT count(*) AS n\nFROM neurons; SELECT 2 AS two;\n\nSELECT 3\nAS three');
    expect(written).toEqual(['n\n40', 'two\n2', 'three\n3']);
  });

  it('runs dot commands and stops at .quit', async () => {
    await script('.mode json\nSELECT 1 AS a;\n.quit\nSELECT 2;');
    expect(written.map((text) => JSON.parse(text) as unknown)).toEqual([[{ a: 1 }]]);
  });

  it('runs named queries with parameters that hold blanks', async () => {
    await script('.run neurons-of-a-heuristic "heuristic=op1 in [0,10)" step=10 seed=0');
    const [text = ''] = written;
    expect(text.split('\n')).toHaveLength(1 + 2);
  });

  it('lists tables, columns and queries', async () => {
    await script('.tables\n.schema accuracy\n.queries\n.schema');
    const [tables = '', schema = '', queries = '', all = ''] = written;
    expect(tables).toContain('accuracy,table,"One row per unit, operator and set of prompts"');
    expect(tables).toContain('heuristic_counts,view,"One row per suite');
    expect(schema.split('\n')[0]).toBe('column_name,data_type,comment');
    expect(schema).toContain('correct,INTEGER,');
    expect(queries).toContain('heuristic-counts,"How many neurons');
    expect(all).toContain('neuron_heuristics,score,DOUBLE,');
  });

  it('shows no more rows of a table than asked for', async () => {
    await script('.rows 2\nSELECT unnest([1, 2, 3]) AS a;', { mode: 'table' });
    expect(written).toEqual(['a\n-\n1\n2', 'note: 3 rows, 2 shown; .rows 0 shows all']);
  });

  it('ends at the first failure', async () => {
    await expect(script('SELECT nothing;\nSELECT 1;')).rejects.toThrow(QueryError);
    expect(written).toEqual([]);
    await expect(script('.schema acuracy')).rejects.toThrow(UnknownNameError);
    await expect(script('.shcema')).rejects.toThrow("unknown command '.shcema'");
    await expect(script('.mode pdf')).rejects.toThrow(UnknownNameError);
    await expect(script('.rows many')).rejects.toThrow(UsageError);
    await expect(script('.run')).rejects.toThrow(UsageError);
    await expect(script('.run heuristic-counts operator')).rejects.toThrow(UsageError);
  });

  it('holds the database for the moment of a statement only', async () => {
    const reader = new Reader(session());
    await reader.take('SELECT 1 AS a;');
    await writeStore({ db, programVersion: '0', waitMs: 0 }, () => Promise.resolve());
    await reader.take('SELECT 2 AS a;');
    expect(written).toEqual(['a\n1', 'a\n2']);
  });
});

describe('what SQL may reach', () => {
  const own = join(folder, 'reach');
  const csv = join(own, 'notes.csv');
  const other = join(own, 'other.duckdb');
  beforeAll(async () => {
    mkdirSync(own);
    writeFileSync(csv, 'word,times\nsum,3\n');
    writeFileSync(join(own, 'secret.csv'), 'a\n1\n');
    const instance = await DuckDBInstance.create(other);
    const connection = await instance.connect();
    await connection.run('CREATE TABLE pairs AS SELECT 7 AS seven');
    connection.closeSync();
    instance.closeSync();
  });
  const attach = {
    attach: [
      { name: 'notes', file: csv },
      { name: 'other', file: other },
    ],
    external: false,
  };

  it('attached files, by their names', async () => {
    await script('SELECT times, seven FROM notes, other.pairs;\n.tables', { access: attach });
    expect(written[0]).toBe('times,seven\n3,7');
    expect(written[1]).toContain('other.pairs,table');
  });

  it.each([
    `COPY units TO '${own}/out.csv'`,
    `COPY units TO '${csv}' (USE_TMP_FILE false)`,
    `EXPLAIN ANALYZE COPY units TO '${csv}' (USE_TMP_FILE false)`,
    `EXPLAIN /* */ ANALYZE (FORMAT json) COPY units TO '${csv}' (USE_TMP_FILE false)`,
    `FROM '${own}/secret.csv'`,
    "FROM read_csv('/etc/passwd')",
    `ATTACH '${own}/third.duckdb'`,
    'INSERT INTO other.pairs VALUES (8)',
    'DROP TABLE other.pairs',
    'SET enable_external_access = true',
    'INSTALL httpfs',
    'LOAD httpfs',
  ])('with attached files, not %s', async (sql) => {
    await expect(script(`${sql};`, { access: attach })).rejects.toThrow(QueryError);
    expect(readFileSync(csv, 'utf8')).toBe('word,times\nsum,3\n');
  });

  it('says which file cannot be attached', async () => {
    const broken = { attach: [{ name: 'x', file: join(own, 'absent.csv') }], external: false };
    await expect(script('SELECT 1;', { access: broken })).rejects.toThrow(/cannot attach .*absent\.csv as x/);
    const text = {
      attach: [
        { name: 'x', file: csv.replace('notes', 'secret') },
        { name: 'y', file: csv },
      ],
    };
    await script('SELECT a + times AS both FROM x, y;', { access: { ...text, external: false } });
    expect(written).toEqual(['both\n4']);
  });

  it('anything, when that is allowed, but the database itself is never written', async () => {
    const access = { attach: [], external: true };
    const out = join(own, 'out.csv');
    await script(`COPY (SELECT 5 AS five) TO '${out}'; FROM '${out}';`, { access });
    expect(written.at(-1)).toBe('five\n5');
    await expect(script('DELETE FROM units;', { access })).rejects.toThrow(QueryError);
  });
});

describe('completion', () => {
  it.each([
    ['SELECT * FROM neuron_h', ['neuron_heuristics'], 'neuron_h'],
    ['.ru', ['.run'], '.ru'],
    ['.run heuristic-co', ['heuristic-counts'], 'heuristic-co'],
    ['.run heuristic-counts oper', ['operator='], 'oper'],
    ['.mode j', ['json'], 'j'],
    ['.schema heuristic_l', ['heuristic_lifetimes'], 'heuristic_l'],
    ['SELECT best_sc', ['best_score'], 'best_sc'],
  ])('%s', (line, candidates, typed) => {
    expect(complete(line)).toEqual([candidates, typed]);
  });
});

describe('history', () => {
  it('lies in the folder for state, readable by its owner alone', async () => {
    const file = historyFile({ XDG_STATE_HOME: join(folder, 'state') });
    expect(historyFile({ HOME: '/home/ada' })).toBe('/home/ada/.local/state/heuristrace/sql-history');
    expect(readHistory(file)).toEqual([]);
    await writeHistory(file, ['SELECT 2;', 'SELECT 1;']);
    expect(readHistory(file)).toEqual(['SELECT 2;', 'SELECT 1;']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

it('the shell asks, tells failures, goes on, and remembers', async () => {
  vi.stubEnv('XDG_STATE_HOME', join(folder, 'remembered'));
  const [input, output] = [new PassThrough(), new PassThrough()];
  let screen = '';
  output.on('data', (chunk: Buffer) => (screen += chunk.toString()));
  const notes: string[] = [];
  const terminal = { note: (text: string) => void notes.push(text), colors: createColors(false) };
  const done = runInteractive(session(), terminal, { input, output });
  const until = (seen: () => boolean): Promise<void> =>
    vi.waitFor(
      () => {
        expect(seen()).toBe(true);
      },
      { timeout: 20_000 },
    );
  input.write('SELECT 40 +\n');
  await until(() => screen.includes('...> '));
  input.write('2 AS a;\n');
  await until(() => written.length === 1);
  input.write('SELECT nothing;\n');
  await until(() => notes.length === 1);
  input.write('SELECT oops\n');
  await until(() => screen.split('...> ').length >= 3);
  input.write('\u0003');
  await until(() => screen.split('heuristrace> ').length >= 5);
  input.write('SELECT 7 AS b;\n');
  await until(() => written.length === 2);
  input.write('.quit\n');
  await done;
  expect(written).toEqual(['a\n42', 'b\n7']);
  expect(notes[0]).toContain('nothing');
  expect(readHistory(historyFile())[0]).toBe('.quit');
  vi.unstubAllEnvs();
});
