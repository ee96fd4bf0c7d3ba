import { describe, expect, it } from 'vitest';
import { FORMATS, factsOf, fill, fillWords, shellWord } from '../../src/report/content/template.js';

describe('formats of numbers', () => {
  it.each([
    ['percent', '0.4312', '43%'],
    ['percent', '0.0712', '7.1%'],
    ['percent', '0', '0%'],
    ['percent', '1', '100%'],
    ['percent', '0.9996', '>99.9%'],
    ['percent', '0.0004', '<0.1%'],
    ['percent', '0.995', '99.5%'],
    ['percent', '-0.034', '-3.4%'],
    ['points', '0.051', '5.1'],
    ['points', '0.51', '51'],
    ['count', '1024', '1,024'],
    ['large', '200000000', '200 million'],
    ['large', '1234567890', '1.23 billion'],
    ['large', '999', '999'],
    ['duration', '8.04', '8.0 s'],
    ['duration', '75.6', '76 s'],
    ['duration', '600', '10 min'],
    ['duration', '7200', '2.0 h'],
    ['short', '0123456789abcdef', '0123456789ab'],
    ['capital', 'range', 'Range'],
    ['minute', '2026-01-31 12:00:07.25', '2026-01-31 12:00'],
  ])('%s of %s is %s', (format, given, expected) => {
    expect(FORMATS[format]?.(given)).toBe(expected);
  });

  it('leave what is no number as it is', () => {
    for (const format of ['percent', 'points', 'count', 'large', 'duration']) {
      expect(FORMATS[format]?.('')).toBe('');
      expect(FORMATS[format]?.('none')).toBe('none');
    }
  });
});

describe('fillWords', () => {
  const rows = (...names: string[]) => ({ it: factsOf(names.map((name) => ({ name, share: 0.5 }))) });
  const list = '{{#it.rows}}{{separator}}{{name}} {{#percent}}{{share}}{{/percent}}{{/it.rows}}';

  it.each([
    [[], ''],
    [['a'], 'a 50%'],
    [['a', 'b'], 'a 50% and b 50%'],
    [['a', 'b', 'c'], 'a 50%, b 50% and c 50%'],
  ])('joins %j', (names, expected) => {
    expect(fillWords(list, rows(...names))).toBe(expected);
  });

  it('leaves nulls and unknown names empty, without gaps', () => {
    expect(
      fillWords('a {{x.first.gone}} {{y.z}} {{#x.some}}b{{/x.some}}', { x: factsOf([{ gone: null }]) }),
    ).toBe('a b');
  });

  it('takes what is in the data for text', () => {
    const name = '<b>&amp;</b> {{secret}} {{#it.rows}}';
    expect(
      fillWords('{{#capital}}{{it.first.name}}{{/capital}}', { it: factsOf([{ name }]), secret: { a: 1 } }),
    ).toBe(name);
  });

  it('tells first, last, some and several', () => {
    const template =
      '{{it.first.name}}{{it.last.name}}{{#it.some}}!{{/it.some}}{{#it.several}}+{{/it.several}}';
    expect(fillWords(template, rows())).toBe('');
    expect(fillWords(template, rows('a'))).toBe('aa!');
    expect(fillWords(template, rows('a', 'b'))).toBe('ab!+');
  });
});

describe('command lines', () => {
  it.each([
    ['a/b-1.duckdb', 'a/b-1.duckdb'],
    ['+,-', '+,-'],
    ['*', "'*'"],
    ['my file', "'my file'"],
    ["it's; rm -rf $HOME", `'it'\\''s; rm -rf $HOME'`],
    ['', "''"],
  ])('quote %j', (word, expected) => {
    expect(shellWord(word)).toBe(expected);
  });

  it('keep spaces that a name holds', () => {
    expect(fill('x {{#shell}}{{row.name}}{{/shell}}', { row: { name: 'two  spaces' } })).toBe(
      "x 'two  spaces'",
    );
  });
});
