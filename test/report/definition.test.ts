import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { UnknownNameError } from '../../src/errors/errors.js';
import { packagePath } from '../../src/files/package.js';
import { ReportDefinitionError, loadDefinition } from '../../src/report/content/definition.js';
import { TREND_REPORT, writeReport } from '../../src/report/write-report.js';
import { databases } from './databases.js';

const { folder, database, remove } = databases();
afterAll(remove);

let copies = 0;
let copy = '';
beforeEach(async () => {
  copy = join(folder, `definition-${copies++}`);
  await cp(TREND_REPORT, copy, { recursive: true });
});

type Json = Record<string, unknown>;
const read = async (file: string): Promise<Json> =>
  JSON.parse(await readFile(join(copy, file), 'utf8')) as Json;
const write = (file: string, json: Json): Promise<void> => writeFile(join(copy, file), JSON.stringify(json));
const edit = async (file: string, change: (json: Json) => Json): Promise<void> =>
  write(file, change(await read(file)));

const without = (json: Json, field: string): Json =>
  Object.fromEntries(Object.entries(json).filter(([name]) => name !== field));

/** What is wrong with the copy, as its error says. */
async function problem(): Promise<string> {
  const error: unknown = await loadDefinition(copy).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ReportDefinitionError);
  return error instanceof ReportDefinitionError
    ? `${error.file.slice(copy.length + 1)}: ${error.problems.join('; ')}`
    : '';
}

describe('a report definition', () => {
  it('of the package is valid, its figures in the order of the sections', async () => {
    const { figures, sections } = await loadDefinition(TREND_REPORT);
    expect(figures.length).toBeGreaterThan(30);
    const places = figures.map(({ section }) => sections.findIndex(({ id }) => id === section));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(sections.length);
    const names = figures.map(({ name }) => name);
    expect(names[0]).toBe('accuracy');
    expect(names.indexOf('classified')).toBeLessThan(names.indexOf('families'));
    expect(names.at(-1)).toBe('commands');
  });

  it.each<[string, string, (json: Json) => Json, RegExp]>([
    [
      'an unknown field',
      'accuracy.json',
      (json) => ({ ...json, titel: 'x' }),
      /^accuracy\.json: file: .*titel/,
    ],
    ['a missing field', 'accuracy.json', (json) => without(json, 'caption'), /^accuracy\.json: caption: /],
    [
      'a field of another type',
      'families.json',
      (json) => ({ ...json, order: 'first' }),
      /^families\.json: order: /,
    ],
    [
      'an unknown section',
      'families.json',
      (json) => ({ ...json, section: 'x' }),
      /^families\.json: section: 'x' is not in/,
    ],
    [
      'commands without a line',
      'commands.json',
      (json) => without(json, 'command'),
      /^commands\.json: command: is missing/,
    ],
    [
      'a chart with data of its own',
      'families.vl.json',
      (json) => ({ ...json, data: { url: 'http://x' } }),
      /^families\.vl\.json: data: must be/,
    ],
    [
      'a summary without sentences',
      'report.json',
      (json) => ({ ...json, summary: { title: 'x', sentences: [] } }),
      /^report\.json: summary\.sentences: /,
    ],
  ])('refuses %s, naming file and field', async (_, file, change, expected) => {
    await edit(file, change);
    expect(await problem()).toMatch(expected);
  });

  it('refuses what is no JSON, and a chart that is not there', async () => {
    await writeFile(join(copy, 'accuracy.json'), '{');
    expect(await problem()).toMatch(/^accuracy\.json: .*JSON/);
    await edit('families.json', (json) => json);
    await write('accuracy.json', await read('families.json'));
    await writeFile(join(copy, 'accuracy.vl.json'), '[]');
    expect(await problem()).toMatch(/^accuracy\.vl\.json: file: /);
    await write('new.json', await read('families.json'));
    await edit('accuracy.vl.json', () => ({ data: { name: 'rows' } })).catch(() => undefined);
    await write('accuracy.vl.json', { data: { name: 'rows' } });
    expect(await problem()).toMatch(/^new\.vl\.json: cannot be read \(ENOENT\)/);
  });

  it('refuses a folder that is not there', async () => {
    copy = join(copy, 'nowhere');
    expect(await problem()).toMatch(/^report\.json: cannot be read/);
  });

  it('names a query that does not exist, and a summary of no figure', async () => {
    const db = await database('example');
    const out = join(folder, 'x.html');
    await edit('families.json', (json) => ({ ...json, rows: { query: 'families-by-stepp' } }));
    await expect(writeReport({ db, out, definition: copy })).rejects.toThrow(UnknownNameError);
    await edit('families.json', (json) => ({ ...json, rows: { query: 'families-by-step' } }));
    await edit('report.json', (json) => ({
      ...json,
      summary: { title: 'x', sentences: [{ titleOf: 'none' }] },
    }));
    await expect(writeReport({ db, out, definition: copy })).rejects.toThrow("there is no figure 'none'");
  });
});

it('gains a figure by two files and no code, as reports/README.md says', async () => {
  const readme = await readFile(packagePath('reports/README.md'), 'utf8');
  const files = [...readme.matchAll(/`(overlap\.(?:vl\.)?json)`:\s+```json\n([^]*?)```/g)];
  expect(files.map(([, file]) => file)).toEqual(['overlap.json', 'overlap.vl.json']);
  for (const [, file = '', json = ''] of files) await writeFile(join(copy, file), json);
  const warnings: string[] = [];
  const written = await writeReport({
    db: await database('example'),
    out: join(folder, 'more.html'),
    definition: copy,
    effects: { warn: (message) => void warnings.push(message) },
  });
  expect(written.figures).toContain('overlap');
  expect(warnings).toEqual([]);
  expect(await readFile(written.path, 'utf8')).toContain(
    '<h3>In the end + and * share 67% of their neurons.</h3>',
  );
});

it('passes on what Vega-Lite warns of', async () => {
  await edit('families.vl.json', (json) => ({
    ...json,
    spec: {
      mark: 'bar',
      encoding: { x: { field: 'step', type: 'ordinal' }, shape: { field: 'family', type: 'nominal' } },
    },
  }));
  const warnings: string[] = [];
  await writeReport({
    db: await database('example'),
    out: join(folder, 'warned.html'),
    definition: copy,
    effects: { warn: (message) => void warnings.push(message) },
  });
  expect(warnings.join()).toMatch(/^families: /);
});
