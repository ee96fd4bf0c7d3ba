import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../src/report/client/tables.js';
import { Html, escapeHtml, jsonScript, markup } from '../../src/report/page/html.js';

describe('markup', () => {
  it('escapes every value that is not markup already', () => {
    const evil = `<img src=x onerror="alert('1')">&`;
    expect(markup`<p title="${evil}">${evil}${1}${[markup`<b>${evil}</b>`]}</p>`.text).toBe(
      `<p title="${escapeHtml(evil)}">${escapeHtml(evil)}1<b>${escapeHtml(evil)}</b></p>`,
    );
    expect(escapeHtml(evil)).not.toMatch(/[<>"']/);
    expect(markup`${new Html('<hr>')}`.text).toBe('<hr>');
  });
});

describe('jsonScript', () => {
  const content = (html: Html): string => /^<script[^>]*>([^]*)<\/script>$/.exec(html.text)?.[1] ?? '';

  it('comes back as it was and cannot end its element', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = [text, `${text}</script><!--<script>\u2028`];
        const inside = content(jsonScript('x', value));
        expect(JSON.parse(inside)).toEqual(value);
        expect(inside).not.toMatch(/[<\u2028\u2029]/);
      }),
    );
  });
});

describe('toCsv', () => {
  it('quotes what needs it and leaves nulls empty', () => {
    expect(
      toCsv({
        columns: ['operator', 'a "name"', 'share'],
        rows: [
          ['+', 'one,two', 0.25],
          ['-', 'line\nbreak', null],
          ['*', '', true],
        ],
      }),
    ).toBe('operator,"a ""name""",share\r\n+,"one,two",0.25\r\n-,"line\nbreak",\r\n*,,true\r\n');
  });
});
