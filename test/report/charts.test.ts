import { parse } from 'vega';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartParams, compileChart } from '../../src/report/charts/compile-chart.js';
import { figureSvg } from '../../src/report/charts/draw-figure.js';
import { loadDefinition } from '../../src/report/content/definition.js';
import { gather, type FilledFigure, type ReportContent } from '../../src/report/content/gather.js';
import { THEME_NAMES } from '../../src/report/charts/theme.js';
import { TREND_REPORT } from '../../src/report/write-report.js';
import { databases, type DatabaseName } from './databases.js';

const { figures } = await loadDefinition(TREND_REPORT);
const charts = figures.flatMap(({ name, chart }) => (chart === null ? [] : [{ name, chart }]));

const { database, remove } = databases();
afterAll(remove);

let content: ReportContent;
/** Of a training long enough to judge how things emerge. */
let courses: ReportContent;
beforeAll(async () => {
  const contentOf = async (name: DatabaseName): Promise<ReportContent> =>
    gather({
      db: await database(name),
      definition: await loadDefinition(TREND_REPORT),
      extra: { version: '0', date: '2026-01-02', db: 'x.duckdb', out: 'x.html' },
    });
  content = await contentOf('whole');
  courses = await contentOf('courses');
}, 240_000);

/** A figure of emergence from the long training, another from the example with every measure. */
function figureOf(name: string): { figure: FilledFigure; params: ReportContent['params'] } {
  const figuresOf = ({ sections }: ReportContent): FilledFigure[] => sections.flatMap((each) => each.figures);
  const found = figuresOf(courses).find(({ definition }) => definition.name === name);
  const source = found?.definition.section === 'emergence' ? courses : content;
  const figure = figuresOf(source).find(({ definition }) => definition.name === name);
  if (figure === undefined) throw new Error(`no figure ${name}`);
  return { figure, params: source.params };
}

describe.each(charts)('the chart $name', ({ name, chart }) => {
  it.each(THEME_NAMES)('compiles in the %s theme without a warning and stays as it was', (theme) => {
    const before = structuredClone(chart);
    const { vega, warnings } = compileChart(chart, { params: content.params, theme });
    expect(warnings).toEqual([]);
    expect(chart).toEqual(before);
    expect(() => parse(vega)).not.toThrow();
  });

  it('draws the example', async () => {
    const { figure, params } = figureOf(name);
    expect(figure.measured).toBe(true);
    const svg = await figureSvg(figure, params);
    const rounded = (svg ?? '')
      .replace(/-?\d+\.\d+/g, (number) => String(Number(Number(number).toFixed(1))))
      .replaceAll('><', '>\n<');
    await expect(`${rounded}\n`).toMatchFileSnapshot(`charts/${name}.svg`);
  });
});

describe('the axis of steps', () => {
  it.each([
    [[0, 1, 2, 64, 4000], [0, 1, 4, 16, 64, 256, 1024, 4000], 1],
    [[0, 512, 143_000], [0, 1000, 10_000, 100_000], 512],
    [[1000, 2000], [1024], 1000],
    [[0], [0, 1], 1],
    [[], [1], 1],
    [[5], [5], 5],
  ])('of %j is labelled at %j', (steps, stepTicks, stepConstant) => {
    expect(chartParams(0, steps)).toMatchObject({ stepConstant });
    expect(chartParams(0, steps).stepTicks).toEqual(stepTicks);
  });

  it('is broken between 0 and the first step, where there is a 0', () => {
    expect(chartParams(0, [0, 100, 200]).stepBreak).toBeGreaterThan(0);
    expect(chartParams(0, [0, 100, 200]).stepBreak).toBeLessThan(100);
    expect(chartParams(0, [100, 200]).stepBreak).toBe(0);
  });
});
