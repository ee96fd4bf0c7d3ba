import type { ReportContent } from '../content/gather.js';
import { markup, type Html } from './html.js';

const OPERATORS = ['+', '-', '*', '/'];

/** Operators that the charts of a report tell apart. */
function operatorsOf({ sections }: ReportContent): string[] {
  const found = new Set(
    sections.flatMap(({ figures }) =>
      figures.flatMap(({ definition, answer }) =>
        definition.show === 'chart' ? answer.rows.map((row) => row['operator']) : [],
      ),
    ),
  );
  return OPERATORS.filter((operator) => found.has(operator));
}

/** Switches that act on all charts. Hidden until the script of the page runs, which shows and serves them. */
export function controlsHtml(content: ReportContent): Html {
  const operators = operatorsOf(content);
  const button = (operator: string, words: string, pressed: boolean): Html =>
    markup`<button type="button" data-operator="${operator}" aria-pressed="${String(pressed)}">${words}</button>`;
  const choice =
    operators.length < 2
      ? []
      : [
          markup`<div role="group" aria-label="Operators shown">${[
            button('', 'all', true),
            ...operators.map((operator) => button(operator, `a ${operator} b`, false)),
          ]}</div>`,
        ];
  return markup`<div class="controls" role="group" aria-label="All charts" hidden>
${choice}
<label>training in <select data-choose="axis">${content.axes.map(
    ({ name, label }) => markup`<option value="${name}">${label}</option>`,
  )}</select></label>
</div>`;
}
