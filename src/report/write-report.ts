import { relative, resolve } from 'node:path';
import { packagePath, programVersion } from '../files/package.js';
import { writeWhole } from '../files/write.js';
import { pageScripts } from './client/inline.js';
import { loadDefinition } from './definition.js';
import { gather } from './gather.js';
import { makePage } from './page.js';
import type { Subject } from './subject.js';

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

export interface WriteReportParams extends Subject {
  /** Path of the database. */
  readonly db: string;
  /** Path of the HTML file; an existing one is replaced. */
  readonly out: string;
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

/**
 * Writes a report: one HTML file that loads nothing else. The database is only read, and only for moments.
 * @throws ReportDefinitionError, UnknownNameError for a suite or run that the database has not
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnwritableError, DiskFullError
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
      db,
      out: pathFromHere(path),
    },
  });
  const page = makePage({ content, css: definition.css, scripts: pageScripts(), db });
  page.warnings.forEach((warning) => effects.warn(warning));
  await writeWhole(path, page.html);
  const figures = content.sections.flatMap((section) => section.figures);
  const names = (measured: boolean): string[] =>
    figures.filter((figure) => figure.measured === measured).map((figure) => figure.definition.name);
  return { path, bytes: Buffer.byteLength(page.html), figures: names(true), unmeasured: names(false) };
}
