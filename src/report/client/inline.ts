import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { makeChoices } from './choices.js';
import { download } from './downloads.js';
import { fitChart } from './fit-chart.js';
import { runGalleries } from './gallery.js';
import { drawBars, paintMap } from './neuron-map.js';
import { cellPixels, readShots } from './neuron-shots.js';
import { PACKED, PAGE, unpack } from './packed.js';
import { runPage } from './page-script.js';
import { drawPicks } from './picks.js';
import { shownRows, toCsv, unpackTable } from './tables.js';
import { makeViews } from './views.js';

/** Functions that stand alone, so that their sources together are the script of the page. */
const PARTS = {
  makeChoices,
  drawPicks,
  download,
  toCsv,
  shownRows,
  unpackTable,
  unpack,
  fitChart,
  makeViews,
  readShots,
  cellPixels,
  paintMap,
  drawBars,
};

const require = createRequire(import.meta.url);
const beside = (library: string, file: string): string => join(dirname(require.resolve(library)), file);

/**
 * A library that ships as a module, as an expression: a function of Vega, which brings the helpers it imports, that gives
 * one of its exports.
 */
function asFunctionOfVega(library: string, file: string, exported: string): string {
  const source = readFileSync(beside(library, file), 'utf8');
  const head = /^import \{ ([\w, ]+) \} from 'vega-util';$/m.exec(source);
  const tail = new RegExp(`^export \\{[^}]*?(?:(\\w+) as )?\\b${exported}\\b[^}]*\\};$`, 'm').exec(source);
  if (head === null || tail === null) throw new Error(`${library} has another form than expected`);
  const body = source
    .replace(head[0], `const { ${head[1] ?? ''} } = vega;`)
    .replace(tail[0], `return ${tail[1] ?? exported};`)
    .replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return `(function (vega) {\n${body}\n})(vega)`;
}

/**
 * The script of a page: Vega, its tooltips, its interpreter of expressions (which spares the page the right to make
 * functions from text), and our own functions (`PARTS`, then `runPage`) by their source. It holds no `</script`.
 * @returns the texts of two elements, the first of them Vega's
 */
export function pageScripts(): readonly string[] {
  const vega = readFileSync(beside('vega', 'vega.min.js'), 'utf8').replace(
    /\/\/# sourceMappingURL=.*\s*$/,
    '',
  );
  const tooltip = asFunctionOfVega('vega-tooltip', 'index.js', 'Handler');
  const interpreter = asFunctionOfVega('vega-interpreter', 'vega-interpreter.js', 'expressionInterpreter');
  const parts = Object.entries(PARTS).map(([name, part]) => `${name}: ${part.toString()}`);
  const own = [
    `const parts = { ${parts.join(',\n')} };`,
    `parts.unpack('${PACKED}').then((stored) => {`,
    `const page = stored('${PAGE}');`,
    `const views = parts.makeViews({ ...parts, stored, page, vega, Tooltip: ${tooltip}, expr: ${interpreter} });`,
    `(${runPage.toString()})({ ...parts, views });`,
    `(${runGalleries.toString()})({ ...views, ...parts, stored });`,
    '});',
  ].join('\n');
  for (const script of [vega, own])
    if (/<\/script|<!--/i.test(script)) throw new Error('a script of the page would end its element early');
  return [vega, own];
}
