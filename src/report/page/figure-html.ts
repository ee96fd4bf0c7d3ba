import { galleryHtml } from './gallery-html.js';
import type { FilledFigure } from '../content/gather.js';
import { cellsOf } from './figure-cells.js';
import { Html, markup } from './html.js';
import { queryCommand } from '../content/runnable-sql.js';
import { sliderOf } from './slider.js';

/** Id of the element that holds a figure's data. */
export const dataId = (figure: FilledFigure): string => `data-${figure.definition.name}`;

/** Name of the drawing of a gallery, among the page's data. */
export const drawingId = (figure: FilledFigure): string => `${dataId(figure)}-svg`;

function behind({ answer }: FilledFigure, db: string): Html {
  return markup`<details>
<summary>SQL</summary>
<p>${answer.question}</p>
<pre><code>${queryCommand(answer, db)}</code></pre>
<pre><code>${answer.sql}</code></pre>
</details>`;
}

function tools(figure: FilledFigure, kinds: readonly string[], db: string): Html {
  const buttons = kinds.map((kind) => {
    const label = `${kind.toUpperCase()} of: ${figure.title}`;
    return markup`<button type="button" data-save="${kind}" data-of="${dataId(figure)}" aria-label="${label}">${kind.toUpperCase()}</button>`;
  });
  return markup`<div class="tools">${buttons}${behind(figure, db)}</div>`;
}

function table(figure: FilledFigure): Html {
  const { head, body, numeric } = cellsOf(figure);
  const kind = (i: number): string => (numeric[i] === true ? 'number' : 'words');
  const titles = head.map((title, i) =>
    title === '' ? markup`<td></td>` : markup`<th scope="col" class="${kind(i)}">${title}</th>`,
  );
  const rows = body.map((row) => {
    const cells = row.map((cell, i) => markup`<td class="${kind(i)}">${cell}</td>`);
    return markup`<tr>${cells}</tr>`;
  });
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${figure.title}"><table>
<thead><tr>${titles}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

function slider(figure: FilledFigure): readonly Html[] {
  const found = sliderOf(figure);
  if (found === null) return [];
  const { values, column } = found;
  return [
    markup`<div class="slider" data-slider="${dataId(figure)}">
<button type="button" aria-pressed="true">side by side</button>
<label>${column} <input type="range" min="0" max="${values.length - 1}" value="${values.length - 1}" aria-valuetext="${values.at(-1) ?? ''}"></label> <output></output>
</div>`,
  ];
}

function figureBody(figure: FilledFigure, { db, still }: FigureContext): Html {
  const words = markup`<figcaption>${figure.caption}</figcaption>`;
  switch (figure.definition.show) {
    case 'chart':
      return still !== undefined
        ? markup`<div class="still" role="img" aria-label="${figure.alt}">${new Html(still)}</div>
${words}`
        : markup`${slider(figure)}
<div class="place"><div class="chart" role="img" aria-label="${figure.alt}" data-chart="${dataId(figure)}"></div><div class="picks" role="group" aria-label="Show alone"></div></div>
${words}
${tools(figure, ['svg', 'png', 'csv'], db)}`;
    case 'table': {
      const shown = figure.definition.folded
        ? markup`<details><summary>${figure.answer.rows.length} rows</summary>${table(figure)}</details>`
        : table(figure);
      return markup`${shown}
${words}
${tools(figure, ['csv'], db)}`;
    }
    case 'gallery':
      return markup`${galleryHtml(figure, dataId(figure))}
${words}
${tools(figure, ['svg', 'png', 'csv'], db)}`;
    case 'commands':
      return markup`<pre class="commands"><code>${figure.commands.join('\n')}</code></pre>
${words}`;
  }
}

interface FigureContext {
  /** Path of the database as the reader's commands name it. */
  readonly db: string;
  /** The chart as SVG, of a page without scripts. */
  readonly still?: string | undefined;
}

/** A figure with its title, caption and tools; where it was not measured, the sentence that says so. */
export function figureHtml(figure: FilledFigure, context: FigureContext): Html {
  const body = figure.measured
    ? markup`<h3>${figure.title}</h3>
${figureBody(figure, context)}`
    : markup`<p class="unmeasured">${figure.unmeasured}</p>`;
  return markup`<figure id="${figure.definition.name}">
${body}
</figure>`;
}
