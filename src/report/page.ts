import { createHash } from 'node:crypto';
import type { Answer } from './ask.js';
import type { ChartData, TableData } from './client/page-script.js';
import { compileChart, type ChartParams } from './compile-chart.js';
import { dataId, figureHtml } from './figure-html.js';
import type { FilledFigure, FilledSection, ReportContent } from './gather.js';
import { Html, jsonScript, markup } from './html.js';
import { THEMES, type ThemeName } from './theme.js';

function themeVariables(name: ThemeName): string {
  const { background, panel, text, muted, line, link, operators } = THEMES[name];
  const colours = { background, panel, text, muted, line, link, accent: operators[0] };
  return `color-scheme: ${name}; ${Object.entries(colours)
    .map(([key, value]) => `--${key}: ${value};`)
    .join(' ')}`;
}

/** Light unless the reader's system, or the button, says dark; paper is always light. */
function themeCss(): string {
  const light = themeVariables('light');
  const dark = themeVariables('dark');
  return `:root { ${light} }
:root[data-theme='dark'] { ${dark} }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme='light']) { ${dark} } }
@media print { :root, :root[data-theme='dark'] { ${light} } }`;
}

function sectionHtml(section: FilledSection, db: string): Html {
  const intro = section.text === '' ? [] : [markup`<p>${section.text}</p>`];
  return markup`<section aria-labelledby="${section.id}">
<h2 id="${section.id}">${section.title}</h2>
${intro}
${section.figures.map((figure) => figureHtml(figure, db))}
</section>`;
}

const tableData = ({ columns, rows }: Answer): TableData => ({
  columns,
  rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
});

interface EmbeddedFigure {
  readonly id: string;
  readonly data: ChartData;
  readonly warnings: readonly string[];
}

function embed(figure: FilledFigure, params: ChartParams): EmbeddedFigure {
  const { chart, name } = figure.definition;
  const light = chart === null ? null : compileChart(chart, params, 'light');
  const dark = chart === null ? null : compileChart(chart, params, 'dark');
  const datasets = Object.entries(figure.datasets).map(
    ([dataset, answer]) => [dataset, tableData(answer)] as const,
  );
  return {
    id: dataId(figure),
    data: {
      name,
      ...tableData(figure.answer),
      datasets: Object.fromEntries(datasets),
      specs: light === null || dark === null ? null : { light: light.vega, dark: dark.vega },
      background: { light: THEMES.light.background, dark: THEMES.dark.background },
    },
    warnings: (light?.warnings ?? []).map((warning) => `${name}: ${warning}`),
  };
}

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Only the page's own scripts run, by their hashes, no text becomes a function, and nothing is loaded from anywhere.
 */
const contentPolicy = (scripts: readonly string[]): string =>
  [
    "default-src 'none'",
    `script-src ${scripts.map(digest).join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** A whole page, and what Vega-Lite found to warn of in its charts. */
export interface Page {
  readonly html: string;
  readonly warnings: readonly string[];
}

/**
 * Puts a report together.
 * @param db path of the database as the reader's commands name it
 */
export function makePage({
  content,
  css,
  scripts,
  db,
}: {
  readonly content: ReportContent;
  readonly css: string;
  readonly scripts: readonly string[];
  readonly db: string;
}): Page {
  const embedded = content.sections
    .flatMap(({ figures }) => figures)
    .filter(({ measured, definition: { show } }) => measured && show !== 'commands')
    .map((figure) => embed(figure, content.params));
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${content.title}</title>
<style>
${new Html(themeCss())}
${new Html(css)}
</style>
</head>
<body>
<header>
<button type="button" class="theme" data-toggle="theme" aria-label="Switch between light and dark">◐</button>
<h1>${content.title}</h1>
${content.head.map((line) => markup`<p>${line}</p>`)}
<nav aria-label="Sections"><ul>
${content.sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}
</ul></nav>
</header>
<main>
<noscript><p class="unmeasured">A script draws the charts of this page, and scripts are switched off here. Text and tables are complete.</p></noscript>
<section class="summary" aria-labelledby="summary">
<h2 id="summary">${content.summaryTitle}</h2>
<ul>
${content.summary.map((sentence) => markup`<li>${sentence}</li>`)}
</ul>
</section>
${content.sections.map((section) => sectionHtml(section, db))}
</main>
${embedded.map(({ id, data }) => jsonScript(id, data))}
${scripts.map((script) => markup`<script>${new Html(script)}</script>`)}
</body>
</html>
`;
  return { html: page.text, warnings: embedded.flatMap(({ warnings }) => warnings) };
}
