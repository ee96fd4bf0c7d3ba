import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownRows, unpackTable } from '../../src/report/client/tables.js';
import { packTable } from '../../src/report/page/pack-table.js';

const value = fc.oneof(
  fc.constantFrom('a', 'toy', '</script>', ''),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.boolean(),
  fc.constant(null),
);

describe('a packed table', () => {
  it('unpacks to the same rows, fractions to seven digits', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ x: value, y: value, z: fc.constant('same') })), (rows) => {
        const columns = ['x', 'z', 'y'];
        const packed: unknown = JSON.parse(JSON.stringify(packTable({ columns, rows })));
        const table = unpackTable(packed as ReturnType<typeof packTable>);
        const near = (cell: unknown): unknown =>
          typeof cell === 'number' && !Number.isInteger(cell) ? Number(cell.toPrecision(7)) : cell;
        expect(table).toEqual({ columns, rows: rows.map(({ x, y, z }) => [near(x), z, near(y)]) });
      }),
    );
  });

  it('writes a value once that stands in all rows, and words once', () => {
    const rows = Array.from({ length: 8 }, (_, i) => ({ suite: 'toy', word: i % 2 ? 'odd' : 'even', i }));
    expect(packTable({ columns: ['suite', 'word', 'i'], rows })).toEqual({
      columns: ['suite', 'word', 'i'],
      length: 8,
      packed: [
        { same: 'toy' },
        { words: ['even', 'odd'], at: [0, 1, 0, 1, 0, 1, 0, 1] },
        { values: [0, 1, 2, 3, 4, 5, 6, 7] },
      ],
    });
  });
});

it('shows the rows that the reader chose, as far as a table has the columns', () => {
  const table = {
    columns: ['operator', 'step'],
    rows: [
      ['+', 1],
      ['-', 1],
      ['+', 2],
    ],
  };
  expect(shownRows(table, {}).rows).toEqual(table.rows);
  expect(shownRows(table, { operator: ['+'], family: ['range'] }).rows).toEqual([
    ['+', 1],
    ['+', 2],
  ]);
  expect(shownRows(table, { operator: ['+'], step: [2] }).rows).toEqual([['+', 2]]);
});
