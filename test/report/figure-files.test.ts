import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { BrowserMissingError, PrintError } from '../../src/errors/report-errors.js';
import { explainChart } from '../../src/report/charts/explain-chart.js';
import { loadDefinition } from '../../src/report/content/definition.js';
import { gather, shownFigures } from '../../src/report/content/gather.js';
import { printPdf } from '../../src/report/print-pdf.js';
import { TREND_REPORT, writeReport, type ReportFormat } from '../../src/report/write-report.js';
import { EVIL, databases, type DatabaseName } from './databases.js';

const { folder, database, remove } = databases();
afterAll(remove);

async function write(name: DatabaseName, format: ReportFormat, figures?: string): Promise<string> {
  const { path } = await writeReport({
    db: await database(name),
    out: join(folder, `${name}.${format}`),
    format,
    figures,
    effects: { now: () => new Date('2026-01-02T03:04:05Z') },
  });
  return path;
}

const contentOf = async (name: DatabaseName) =>
  gather({
    db: await database(name),
    definition: await loadDefinition(TREND_REPORT),
    extra: { version: '0', date: '2026-01-02', db: 'x.duckdb', out: 'x.html' },
  });

describe('the figures of a report as files', () => {
  it('are SVG, PNG, CSV and SQL of each chart, CSV and SQL of each table', async () => {
    const place = join(folder, 'figures');
    await write('example', 'md', place);
    const names = await readdir(place);
    const figures = shownFigures(await contentOf('example'));
    expect(figures.length).toBeGreaterThan(12);
    const expected = figures.flatMap(({ definition: { name, show } }) =>
      (show === 'chart' ? ['csv', 'png', 'sql', 'svg'] : ['csv', 'sql']).map((kind) => `${name}.${kind}`),
    );
    expect(names.sort()).toEqual(expected.sort());
    const png = await readFile(join(place, 'accuracy.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const svg = await readFile(join(place, 'accuracy.svg'), 'utf8');
    expect(svg).toMatch(/^<svg [^]*<\/svg>$/);
    const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
    expect(png.readUInt32BE(16)).toBe(2 * width);
    const csv = (await readFile(join(place, 'accuracy.csv'), 'utf8')).split('\r\n');
    expect(csv[0]).toMatch(/^suite,seed,step,tokens,operator,/);
    expect(csv).toHaveLength(
      (figures.find(({ definition: { name } }) => name === 'accuracy')?.answer.rows.length ?? 0) + 2,
    );
  });

  it.each(['whole', 'evil'] as const)(
    'have SQL that runs as it is and gives their rows, of %s',
    async (name) => {
      const instance = await DuckDBInstance.create(await database(name), { access_mode: 'READ_ONLY' });
      const connection = await instance.connect();
      for (const { answer, definition } of shownFigures(await contentOf(name))) {
        const found = await connection.runAndReadAll(answer.sql);
        const rows = found.getRowsJson().map((row) => row.map(String));
        const expected = answer.rows.map((row) => answer.columns.map((column) => String(row[column])));
        expect([definition.name, found.columnNames(), rows]).toEqual([
          definition.name,
          answer.columns,
          expected,
        ]);
      }
      connection.closeSync();
      instance.closeSync();
    },
  );
});

it('draws names that are markup as text', async () => {
  const svg = await explainChart({
    title: EVIL,
    candidates: [{ label: EVIL, place: 0, part: 'heuristics that hold', order: 0, logit: 2, model: 3 }],
    heuristics: [{ heuristic: EVIL, place: 0, logit: 1.5 }],
  });
  expect(svg).toContain('&lt;script&gt;alert(1)');
  expect(svg).not.toMatch(/<\/?script|<!--/);
});

describe('a report in Markdown', () => {
  it('has its figures in a folder beside it', async () => {
    const text = await readFile(await write('whole', 'md'), 'utf8');
    const links = [...text.matchAll(/\]\(<([^>]+)>\)/g)].map(([, link = '']) => decodeURI(link));
    expect(links.length).toBeGreaterThan(80);
    expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
    expect(text).toMatch(/^# How “toy” learned arithmetic\n/);
    expect(text).toContain('![Lines of accuracy over training steps');
    expect(text).toMatch(/^\| measure \|.*\|\n\| --- \|/m);
    expect(text).toContain('```\nheuristrace sweep ');
  });

  it('takes names for text, whatever they hold', async () => {
    const text = await readFile(await write('evil', 'md'), 'utf8');
    expect(text.replace(/```[^]*?```/g, '')).not.toMatch(/<(?!evil-figures\/)/);
    expect(text).toContain('&lt;script>alert(1)');
    const svg = await readFile(join(folder, 'evil-figures', 'where-time-went.svg'), 'utf8');
    expect(svg).not.toContain('<script');
  });

  it('says what was not measured', async () => {
    const text = await readFile(await write('empty', 'md'), 'utf8');
    expect(text).toContain('*Accuracy was not measured in this database.*');
    expect(existsSync(join(folder, 'empty-figures'))).toBe(false);
  });
});

const hasBrowser = ['/usr/bin/chromium', '/usr/bin/google-chrome'].some((path) => existsSync(path));

describe('a report as PDF', () => {
  it.skipIf(!hasBrowser && process.env['CI'] === undefined)('is printed by the browser', async () => {
    const pdf = await readFile(await write('evil', 'pdf'));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(20_000);
  });

  it('needs a browser, and says where it looked', async () => {
    const missing = printPdf({ html: '<p>a</p>', env: { PATH: folder } });
    await expect(missing).rejects.toThrow(BrowserMissingError);
    await expect(missing).rejects.toMatchObject({ exitCode: 32 });
    await expect(missing).rejects.toThrow(/looked for chromium/);
    await expect(
      printPdf({ html: '', env: { HEURISTRACE_BROWSER: join(folder, 'no-such') } }),
    ).rejects.toThrow(/no-such/);
  });

  it('fails where the browser prints nothing', async () => {
    const fails = printPdf({ html: '<p>a</p>', env: { HEURISTRACE_BROWSER: '/bin/false' } });
    await expect(fails).rejects.toThrow(PrintError);
    await expect(fails).rejects.toMatchObject({ exitCode: 33, detail: 'it ended with 1' });
  });
});
