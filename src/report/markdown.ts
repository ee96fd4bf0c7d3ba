import { cellsOf } from './page/figure-cells.js';
import type { FilledFigure, ReportContent } from './content/gather.js';

/** Longer tables are left to the CSV. */
const MOST_ROWS = 40;

/** Text that Markdown shows as it is: nothing in it is taken for a mark, a link or HTML. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/^(?=[#+>=-])/, '\\')
    .replace(/^(\d+)(?=[.)] )/, '$1\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');

/** Lines in a fence longer than any run of backticks inside them. */
function code(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return [fence, ...lines, fence].join('\n');
}

function table(figure: FilledFigure): string {
  const { head, body, numeric } = cellsOf(figure);
  if (body.length > MOST_ROWS) return `${body.length} rows.`;
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  const rule = `| ${head.map((_, i) => (numeric[i] === true ? '---:' : '---')).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function figureText(figure: FilledFigure, folder: string): string[] {
  const { name, show } = figure.definition;
  if (!figure.measured) return [`*${plain(figure.unmeasured)}*`];
  const file = (kind: string): string => `<${encodeURI(`${folder}/${name}.${kind}`)}>`;
  const links = (kinds: readonly string[]): string =>
    kinds.map((kind) => `[${kind.toUpperCase()}](${file(kind)})`).join(' · ');
  const words = [`### ${plain(figure.title)}`];
  if (show === 'commands') return [...words, code(figure.commands), plain(figure.caption)];
  return show === 'chart' || show === 'gallery'
    ? [
        ...words,
        `![${plain(figure.alt)}](${file('svg')})`,
        plain(figure.caption),
        links(['svg', 'png', 'csv', 'sql']),
      ]
    : [...words, table(figure), plain(figure.caption), links(['csv', 'sql'])];
}

/**
 * A report as Markdown, with its figures in a folder beside it.
 * @param folder of the figures, from where the text lies
 */
export function markdownReport(content: ReportContent, folder: string): string {
  const blocks = [
    `# ${plain(content.title)}`,
    ...content.head.map(plain),
    `## ${plain(content.summaryTitle)}`,
    content.summary.map((sentence) => `- ${plain(sentence)}`).join('\n'),
    ...content.sections.flatMap((section) => [
      `## ${plain(section.title)}`,
      ...(section.text === '' ? [] : [plain(section.text)]),
      ...section.figures.flatMap((figure) => figureText(figure, folder)),
    ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}
