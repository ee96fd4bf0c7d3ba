import { dirname, relative, resolve } from 'node:path';
import { packagePath, programVersion } from '../files/package.js';
import { writeWhole } from '../files/write.js';
import { pageScripts } from './client/inline.js';
import { loadDefinition } from './content/definition.js';
import { figureSvg } from './charts/draw-figure.js';
import { writeFigures } from './figure-files.js';
import { gather, shownFigures, type ReportContent } from './content/gather.js';
import { markdownReport } from './markdown.js';
import { makePage } from './page/page.js';
import { printPdf } from './print-pdf.js';
import type { Subject } from './content/subject.js';
import { unfinishedSweeps } from './content/unfinished-sweeps.js';

/** Where a report's own facts come from, so that tests write the same page twice. */
export interface ReportEffects {
  /** Moment that the page states. */
  now(): Date;
  /** What is odd but stops nothing, e.g. a warning of Vega-Lite about a chart. */
  warn(message: string): void;
}

export const DEFAULT_REPORT_EFFECTS: ReportEffects = {
  now: () => new Date(),
  warn: () => undefined,
};

/** What a report can be written as. */

export type ReportFormat = 'html' | 'md' | 'pdf';

export interface WriteReportParams extends Subject {
  /** Path of the database. */
  readonly db: string;
  /** Path of the report's file; an existing one is replaced. */
  readonly out: string;
  /** Default html: one file that loads nothing else. md has its figures in a folder beside it. */
  readonly format?: ReportFormat | undefined;
  /** Folder that every figure is written to, as SVG, PNG, CSV and SQL; default none, or with md `NAME-figures`. */
  readonly figures?: string | undefined;
  /** Folder of the report's definition; default the trend report, or with `runs` the comparison, of the package. */
  readonly definition?: string | undefined;
  readonly effects?: Partial<ReportEffects> | undefined;
}

export interface WrittenReport {
  /** Absolute path of the page. */
  readonly path: string;
  readonly bytes: number;
  /** Names of the figures drawn, in the order of the page. */
  readonly figures: readonly string[];
  /** Names of those that the database has no values for. */
  readonly unmeasured: readonly string[];
}

/** The trend report of the package. */
export const TREND_REPORT = packagePath('reports/trend');
/** The comparison of runs of the package. */
export const COMPARE_REPORT = packagePath('reports/compare');

const pathFromHere = (path: string): string => {
  const absolute = resolve(path);
  const short = relative(process.cwd(), absolute);
  return short !== '' && !short.startsWith('..') ? short : absolute;
};

/** Panels side by side on A4: with more their words would be too small to read. */
const ACROSS_PAPER = 2;

/** The charts of a report as SVG, by figure. */
async function drawStills(content: ReportContent): Promise<ReadonlyMap<string, string>> {
  const stills = new Map<string, string>();
  for (const figure of shownFigures(content)) {
    const svg = await figureSvg(figure, content.params, ACROSS_PAPER);
    if (svg !== null) stills.set(figure.definition.name, svg);
  }
  return stills;
}

/** Where a report in Markdown has its figures. */
const besideReport = (path: string): string => `${path.replace(/\.md$/, '')}-figures`;

/**
 * Writes a report: one HTML file that loads nothing else, or Markdown, or a PDF that the user's own Chrome or Chromium prints.
 * The database is only read, and only for moments.
 * @throws ReportDefinitionError, UnknownNameError for a suite or run that the database has not
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnwritableError, DiskFullError
 * @throws BrowserMissingError, PrintError for a PDF
 */
export async function writeReport(params: WriteReportParams): Promise<WrittenReport> {
  const effects = { ...DEFAULT_REPORT_EFFECTS, ...params.effects };
  const definition = await loadDefinition(
    params.definition ?? (params.runs === undefined ? TREND_REPORT : COMPARE_REPORT),
  );
  const db = pathFromHere(params.db);
  const path = resolve(params.out);
  const content = await gather({
    db: params.db,
    definition,
    suite: params.suite,
    runs: params.runs,
    extra: {
      version: programVersion(),
      date: effects.now().toISOString().slice(0, 10),
      time: effects.now().toISOString().slice(11, 16),
      db,
      out: pathFromHere(path),
    },
    sweeps: unfinishedSweeps(params.db),
  });
  const { css } = definition;
  const folder = params.figures ?? (params.format === 'md' ? besideReport(path) : undefined);
  const file = async (): Promise<string | Uint8Array> => {
    switch (params.format ?? 'html') {
      case 'md':
        return markdownReport(content, relative(dirname(path), resolve(folder ?? '')));
      case 'pdf': {
        const stills = await drawStills(content);
        return printPdf({ html: makePage({ content, css, scripts: [], db, stills }).html });
      }
      case 'html': {
        const page = makePage({ content, css, scripts: pageScripts(), db });
        page.warnings.forEach((warning) => effects.warn(warning));
        return page.html;
      }
    }
  };
  const whole = await file();
  await writeWhole(path, whole);
  if (folder !== undefined) await writeFigures({ content, folder, db, warn: (text) => effects.warn(text) });
  const figures = content.sections.flatMap((section) => section.figures);
  const names = (measured: boolean): string[] =>
    figures.filter((figure) => figure.measured === measured).map((figure) => figure.definition.name);
  return { path, bytes: Buffer.byteLength(whole), figures: names(true), unmeasured: names(false) };
}
