import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { View, parse } from 'vega';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnknownNameError } from '../../src/errors/errors.js';
import { loadQuery } from '../../src/queries/library.js';
import { runQuery } from '../../src/queries/run-query.js';
import { compileChart } from '../../src/report/charts/compile-chart.js';
import { loadDefinition } from '../../src/report/content/definition.js';
import { gather, type FilledFigure, type ReportContent } from '../../src/report/content/gather.js';
import { THEME_NAMES } from '../../src/report/charts/theme.js';
import { COMPARE_REPORT, writeReport } from '../../src/report/write-report.js';
import { holdOpen } from '../queries/hold-open.js';
import { scratch } from '../store/example.js';
import { buildComparedRuns, judgeComparedRuns } from './compared-runs.js';

const { folder, remove } = scratch();
const db = join(folder, 'compared.duckdb');
const definition = await loadDefinition(COMPARE_REPORT);
const extra = { version: '0', date: '2026-01-02', db: 'x.duckdb', out: 'x.html' };

const contents = new Map<string, Promise<ReportContent>>();
/** The comparison of runs, asked for once. */
function comparing(...runs: string[]): Promise<ReportContent> {
  const known = contents.get(runs.join()) ?? gather({ db, definition, runs, extra });
  contents.set(runs.join(), known);
  return known;
}
const figuresOf = (content: ReportContent): readonly FilledFigure[] =>
  content.sections.flatMap(({ figures }) => figures);
const unmeasured = (content: ReportContent): string[] =>
  figuresOf(content)
    .filter(({ measured }) => !measured)
    .map((figure) => figure.definition.name);

let close: () => Promise<void>;
beforeAll(async () => {
  await buildComparedRuns(db);
  await judgeComparedRuns(db);
  close = await holdOpen([db]);
});
afterAll(async () => {
  await close();
  remove();
});

describe('a comparison', () => {
  it('says what the data say, of two runs of one seed', async () => {
    const { title, head, summary } = await comparing('toy', 'half-2m');
    expect(title).toBe('“toy” and “half-2m” compared');
    expect(head[0]).toBe(
      'toy: gpt_neox with 3 layers of 2 neurons; 4 checkpoints of seed 0, to step 1,000 (2 billion tokens) and half-2m: gpt_neox with 3 layers of 2 neurons; 4 checkpoints of seed 0, to step 1,000 (2.1 billion tokens).',
    );
    expect(summary).toEqual([
      'Accuracy of one half comes first in toy for addition (20–200 million tokens; half-2m 210 million–2.1 billion). No run reaches an accuracy of one half for multiplication.',
      'By the fitted curves accuracy is half-way of its rise earliest in toy for addition (tokens: 200 million, 95% 180–220 million, gradual; half-2m 300 million, 95% 280–320 million).',
      'Accuracy at 2 billion tokens of toy against half-2m: addition 100% against 50% and multiplication 40% against 20%.',
      'The share of classified neurons above chance at 2 billion tokens of toy against half-2m (differences without an interval, so not judged): addition 50% against 50% and multiplication 50% against 50%.',
      'Which run has half of its final heuristics first cannot be told for addition (toy 200 million–2 billion, half-2m 210 million–2.1 billion tokens) and multiplication (toy 0–20 million, half-2m 0–21 million tokens).',
      'Faithfulness of the heuristic neurons was not measured for any of these runs.',
      'No heuristic was knocked out in any of these runs.',
    ]);
  });

  it('says what is not alike, not known and not measured', async () => {
    const { summary } = await comparing('half-1m', 'lost', 'other');
    expect(summary.slice(-3)).toEqual([
      'Not drawn, since the tokens of a training step are not known: lost.',
      'They were not measured alike: threshold differs (see below), which can explain differences of the values.',
      expect.stringMatching(/^Not measured everywhere: attribution of half-1m at 0 of 4 checkpoints, /),
    ]);
  });

  it('has numbers that are the named queries’', async () => {
    const { summary } = await comparing('toy', 'half-2m');
    const query = loadQuery({ name: 'compare-at-tokens' });
    const { columns, rows } = await runQuery({
      db,
      query,
      params: { runs: 'toy,half-2m', quantity: 'accuracy' },
    });
    const at = (name: string): number => columns.findIndex((column) => column.name === name);
    const last = rows.filter((row) => row[at('is_last')] === true);
    expect(last).toHaveLength(2);
    for (const row of last)
      expect(summary[2]).toContain(
        `${JSON.stringify(row[at('name')]).slice(1, -1)} ${Number(row[at('first_value')]) * 100}% against ${Number(row[at('value')]) * 100}%`,
      );
  });

  it('shows sizes where a family has several, and says so where it has one', async () => {
    expect(unmeasured(await comparing('toy', 'half-2m'))).toEqual([
      'families',
      'faithfulness',
      'knockouts',
      'settings',
    ]);
    const sizes = ['sizes-accuracy', 'sizes-classified'];
    expect(unmeasured(await comparing('toy', 'other'))).toEqual(['families', ...sizes, 'settings']);
  });

  it('gives each run one colour in every chart, whichever runs it shows', async () => {
    const content = await comparing('half-1m', 'half-2m', 'other', 'pair');
    for (const { definition: figure } of figuresOf(content)) {
      if (figure.chart === null || !JSON.stringify(figure.chart).includes('"runs"')) continue;
      const { vega } = compileChart(figure.chart, { params: content.params, theme: 'light' });
      const domains = (vega.scales ?? []).flatMap((scale) =>
        'range' in scale && JSON.stringify(scale.range) === '"runs"' ? [scale.domain] : [],
      );
      expect(domains).toEqual([['half-1m', 'half-2m', 'other', 'pair']]);
    }
  });

  it('refuses a run that the database has not, and names those it has', async () => {
    const error: unknown = await comparing('toy', 'toy@7').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnknownNameError);
    expect(String(error)).toContain("unknown run 'toy@7'");
    expect(error instanceof UnknownNameError ? error.known : []).toContain('half-1m');
  });
});

describe.each(definition.figures.flatMap(({ name, chart }) => (chart === null ? [] : [{ name, chart }])))(
  'the chart $name',
  ({ name, chart }) => {
    it('compiles in both themes without a warning, and draws the rows', async () => {
      const content = await comparing('half-1m', 'half-2m', 'other', 'pair');
      const figure = figuresOf(content).find((each) => each.definition.name === name);
      // Of the example, chance is known over all kinds together only.
      expect(figure?.measured).toBe(name !== 'families');
      if (name === 'families') return;
      for (const theme of THEME_NAMES) {
        const { vega, warnings } = compileChart(chart, { params: content.params, theme });
        expect(warnings).toEqual([]);
        const view = new View(parse(vega), { renderer: 'none' });
        view.insert('rows', structuredClone([...(figure?.answer.rows ?? [])]));
        const svg = await view.toSVG();
        expect(svg.match(/aria-roledescription="(?:line|point|rule) mark"/g)?.length ?? 0).toBeGreaterThan(0);
      }
    });
  },
);

it('writes a page that needs no network', async () => {
  const warnings: string[] = [];
  const written = await writeReport({
    db,
    out: join(folder, 'compared.html'),
    runs: ['pair', 'twins'],
    effects: { warn: (message) => void warnings.push(message) },
  });
  const html = await readFile(written.path, 'utf8');
  expect(warnings).toEqual([]);
  expect(html).toContain('“pair” and “twins” compared');
  expect(html).toContain('heuristrace query compare-by-tokens --param runs=pair,twins');
  expect(html.slice(html.indexOf('<body>'), html.indexOf('</main>'))).not.toMatch(/undefined|NaN|\{\{/);
  expect(written.bytes).toBeLessThan(3_000_000);
});
