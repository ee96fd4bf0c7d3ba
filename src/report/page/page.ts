import { createHash } from 'node:crypto';
import { PACKED } from '../client/packed.js';
import { controlsHtml } from './controls-html.js';
import { embedFigures } from './embed.js';
import { figureHtml } from './figure-html.js';
import { shownFigures, type FilledSection, type ReportContent } from '../content/gather.js';
import { Html, markup, packedScript } from './html.js';
import { THEMES, type ThemeName } from '../charts/theme.js';

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

function sectionHtml(section: FilledSection, { db, stills }: Pick<PageParams, 'db' | 'stills'>): Html {
  const intro = section.text === '' ? [] : [markup`<p>${section.text}</p>`];
  return markup`<section aria-labelledby="section-${section.id}">
<h2 id="section-${section.id}">${section.title}</h2>
${intro}
${section.figures.map((figure) => figureHtml(figure, { db, still: stills?.get(figure.definition.name) }))}
</section>`;
}

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Only the page's own scripts run, by their hashes, no text becomes a function, and nothing is loaded from anywhere.
 */
const contentPolicy = (scripts: readonly string[]): string =>
  [
    "default-src 'none'",
    `script-src ${scripts.length === 0 ? "'none'" : scripts.map(digest).join(' ')}`,
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

export interface PageParams {
  readonly content: ReportContent;
  readonly css: string;
  /** Script elements of the page. */
  readonly scripts: readonly string[];
  /** Path of the database as the reader's commands name it. */
  readonly db: string;
  /** Charts as SVG by the name of the figure: the page has them in place of scripts, data and controls. */
  readonly stills?: ReadonlyMap<string, string> | undefined;
}

/** Puts a report together. */
export function makePage({ content, css, scripts, db, stills }: PageParams): Page {
  const figures = stills === undefined ? shownFigures(content) : [];
  const { hasCharts, pieces, warnings } = embedFigures({ figures, content });
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
${content.sections.map(({ id, title }) => markup`<li><a href="#section-${id}">${title}</a></li>`)}
</ul></nav>
</header>
<main>
${hasCharts ? controlsHtml(content) : ''}
<noscript><p class="unmeasured">A script draws the charts of this page, and scripts are switched off here. Text and tables are complete.</p></noscript>
<section class="summary" aria-labelledby="summary">
<h2 id="summary">${content.summaryTitle}</h2>
<ul>
${content.summary.map((sentence) => markup`<li>${sentence}</li>`)}
</ul>
</section>
${content.sections.map((section) => sectionHtml(section, { db, stills }))}
</main>
${stills === undefined ? packedScript(PACKED, pieces) : ''}
${scripts.map((script) => markup`<script>${new Html(script)}</script>`)}
</body>
</html>
`;
  return { html: page.text, warnings };
}
