import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { unpack, type Stored } from '../../src/report/client/packed.js';
import { toCsv } from '../../src/report/client/tables.js';
import { Html, escapeHtml, markup, packedScript } from '../../src/report/page/html.js';

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

describe('packedScript', () => {
  const content = (html: Html): string => /^<script[^>]*>([^]*)<\/script>$/.exec(html.text)?.[1] ?? '';
  const unpacked = (html: Html): Promise<Stored> => {
    vi.stubGlobal('document', { getElementById: () => ({ textContent: content(html) }) });
    return unpack('x').finally(() => vi.unstubAllGlobals());
  };

  it('comes back as it was and cannot end its element', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.jsonValue(), async (text, value) => {
        const values = { a: [text, `${text}</script><!--<script>\u2028`], b: value };
        const html = packedScript('x', values);
        expect(content(html)).toMatch(/^[\w+/=]+$/);
        const stored = await unpacked(html);
        expect(stored('a')).toEqual(values.a);
        expect(JSON.stringify(stored('b'))).toBe(JSON.stringify(value));
        expect(stored('c')).toBeNull();
      }),
    );
  });

  it('takes less than half of the room of rows that repeat themselves', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [i % 154, Math.sin(i).toPrecision(7), '+']);
    expect(content(packedScript('x', { rows })).length).toBeLessThan(JSON.stringify(rows).length / 2);
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
