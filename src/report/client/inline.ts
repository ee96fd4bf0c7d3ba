import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runPage, toCsv } from './page-script.js';

const require = createRequire(import.meta.url);
const beside = (library: string, file: string): string => join(dirname(require.resolve(library)), file);

/** `vega-tooltip` ships as a module; here it becomes a function of Vega, which brings the helpers it imports. */
function tooltipSource(): string {
  const source = readFileSync(beside('vega-tooltip', 'index.js'), 'utf8');
  const head = /^import \{ ([\w, ]+) \} from 'vega-util';$/m.exec(source);
  const tail = /^export \{[^}]*\bHandler\b[^}]*\};$/m.exec(source);
  if (head === null || tail === null) throw new Error('vega-tooltip has another form than expected');
  const body = source
    .replace(head[0], `const { ${head[1] ?? ''} } = vega;`)
    .replace(tail[0], 'return Handler;')
    .replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return `(function (vega) {\n${body}\n})(vega)`;
}

/**
 * The script of a page: Vega, its tooltips, and our own functions by their source. It holds no `</script`.
 * @returns the texts of two elements, the first of them Vega's
 */
export function pageScripts(): readonly string[] {
  const vega = readFileSync(beside('vega', 'vega.min.js'), 'utf8').replace(
    /\/\/# sourceMappingURL=.*\s*$/,
    '',
  );
  const own = `(${runPage.toString()})(vega, ${tooltipSource()}, ${toCsv.toString()});`;
  for (const script of [vega, own])
    if (/<\/script|<!--/i.test(script)) throw new Error('a script of the page would end its element early');
  return [vega, own];
}
