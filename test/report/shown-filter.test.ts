import { View, parse } from 'vega';
import { describe, expect, it } from 'vitest';
import { chartParams, compileChart } from '../../src/report/charts/compile-chart.js';
import { withShownFilter } from '../../src/report/charts/shown-filter.js';

const rows = [
  { operator: '+', family: 'range', step: 1, share: 0.1 },
  { operator: '+', family: 'mod', step: 1, share: 0.2 },
  { operator: '-', family: 'range', step: 1, share: 0.3 },
  { operator: '-', family: 'mod', step: 4, share: 0.4 },
];
const columns = { rows: ['operator', 'family', 'step', 'share'], datasets: { onsets: ['operator', 'step'] } };
const chart = {
  data: { name: 'rows' },
  transform: [{ calculate: "datum.family + '!'", as: 'loud' }],
  layer: [
    {
      data: { name: 'onsets' },
      mark: 'rule',
      encoding: { x: { field: 'step', type: 'quantitative' } },
    },
    {
      transform: [{ calculate: '1', as: 'late' }],
      mark: 'point',
      encoding: {
        x: { field: 'step', type: 'quantitative' },
        y: { field: 'share', type: 'quantitative' },
        color: { field: 'loud', type: 'nominal' },
        shape: { field: 'late', type: 'nominal' },
        size: { field: 'share', type: 'quantitative' },
      },
    },
  ],
};

async function shares(shown: Record<string, readonly unknown[]>): Promise<unknown[]> {
  const { vega } = compileChart(chart, { params: chartParams(0, [1, 4]), theme: 'light', columns, shown });
  const view = new View(parse(vega), { renderer: 'none' });
  view.insert('rows', structuredClone(rows)).insert('onsets', [{ operator: '+', step: 1 }]);
  await view.runAsync();
  const points = vega.marks?.find(({ name }) => name === 'layer_1_marks')?.from;
  const data = points !== undefined && 'data' in points ? points.data : '';
  return view.data(data).map((row: unknown) => (row as { share: number }).share);
}

describe('what a chart shows', () => {
  it('is all at first', async () => {
    expect(await shares({})).toEqual([0.1, 0.2, 0.3, 0.4]);
  });

  it('is one operator, though the chart does not tell operators apart', async () => {
    expect(await shares({ operator: ['-'] })).toEqual([0.3, 0.4]);
  });

  it('is what a legend says, of a column that the chart made', async () => {
    expect(await shares({ loud: ['mod!'] })).toEqual([0.2, 0.4]);
    expect(await shares({ loud: ['mod!', 'range!'], operator: ['+'] })).toEqual([0.1, 0.2]);
  });
});

it('offers the legends and panels whose columns all data have', () => {
  expect(withShownFilter(chart, columns).picks).toEqual({ legends: { color: 'loud' }, panels: [] });
  const facet = {
    data: { name: 'rows' },
    facet: { row: { field: 'operator' }, column: { field: 'x' } },
    spec: {},
  };
  expect(withShownFilter(facet, columns).picks).toEqual({ legends: {}, panels: ['operator'] });
});

it('leaves a chart as it is that has nothing to choose by, and every chart unchanged', () => {
  const plain = { data: { name: 'rows' }, mark: 'bar' };
  expect(withShownFilter(plain, { rows: ['x'], datasets: {} }).chart).toBe(plain);
  const before = structuredClone(chart);
  withShownFilter(chart, columns);
  expect(chart).toEqual(before);
});

it('quotes names of columns', () => {
  const odd = `it's "x" \\ y`;
  const { chart: filtered } = withShownFilter(
    { data: { name: 'rows' }, mark: 'bar', encoding: { color: { field: odd, type: 'nominal' } } },
    { rows: [odd], datasets: {} },
  );
  expect(JSON.stringify(filtered['transform'])).toContain(JSON.stringify(JSON.stringify(odd)).slice(1, -1));
});
