import { describe, expect, it } from 'vitest';
import { formatResult, type TextFormat } from '../../src/queries/format.js';

const result = {
  columns: [
    { name: 'operator', type: 'VARCHAR' },
    { name: 'step', type: 'INTEGER' },
    { name: 'share', type: 'DOUBLE' },
  ],
  rows: [
    ['+', 0, 1 / 3],
    ['*', 1000, null],
    ['a|b,"c"\n<x>\u001b[2J', 16, 12345.678],
  ],
};
const format = (name: TextFormat, of: Parameters<typeof formatResult>[0]['result'] = result) =>
  formatResult({ result: of, format: name });

describe('formatResult', () => {
  it('table: aligned, numbers to the right, fractions rounded, control characters visible', () => {
    expect(format('table')).toBe(
      [
        'operator                   step   share',
        '-------------------------  ----  ------',
        '+                             0  0.3333',
        '*                          1000',
        'a|b,"c"\\u000a<x>\\u001b[2J    16   12350',
      ].join('\n'),
    );
  });

  it('markdown: nothing in a cell breaks the table', () => {
    expect(format('markdown')).toBe(
      [
        '| operator | step | share |',
        '| --- | --: | --: |',
        '| + | 0 | 0.3333 |',
        '| \\* | 1000 |  |',
        '| a\\|b,"c"\\\\u000a&lt;x>\\\\u001b[2J | 16 | 12350 |',
      ].join('\n'),
    );
  });

  it('csv: every digit, quoted where needed', () => {
    expect(format('csv')).toBe(
      'operator,step,share\n+,0,0.3333333333333333\n*,1000,\n"a|b,""c""\n<x>\u001b[2J",16,12345.678',
    );
  });

  it('json: an array of objects', () => {
    expect(JSON.parse(format('json'))).toEqual([
      { operator: '+', step: 0, share: 1 / 3 },
      { operator: '*', step: 1000, share: null },
      { operator: 'a|b,"c"\n<x>\u001b[2J', step: 16, share: 12345.678 },
    ]);
  });

  it('lists and structs are written as JSON', () => {
    const nested = { columns: [{ name: 'l', type: 'INTEGER[]' }], rows: [[[1, 2]], [{ a: 'b' }], [true]] };
    expect(format('table', nested)).toBe('l\n---------\n[1,2]\n{"a":"b"}\ntrue');
    expect(format('csv', nested)).toBe('l\n"[1,2]"\n"{""a"":""b""}"\ntrue');
  });

  it('an empty result still names its columns', () => {
    const none = { columns: result.columns, rows: [] };
    expect(format('table', none)).toBe('operator  step  share\n--------  ----  -----');
    expect(format('csv', none)).toBe('operator,step,share');
    expect(format('markdown', none)).toBe('| operator | step | share |\n| --- | --- | --- |');
    expect(format('json', none)).toBe('[]');
  });
});
