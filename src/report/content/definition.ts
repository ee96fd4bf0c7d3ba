import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { HeuristraceError } from '../../errors/errors.js';
import { packagePath } from '../../files/package.js';
import { errnoOf } from '../../files/write.js';

/** A file of a report definition that does not say what it should. */
export class ReportDefinitionError extends HeuristraceError {
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(
      'config',
      `${file} is not a valid part of a report: ${problems.join('; ')}`,
      'Correct the fields named; reports/README.md describes each.',
    );
  }
}

/** Whose `page.css` a definition without one has. */
const SHIPPED_LOOK = packagePath('reports/trend');

const template = z.string().min(1);
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'may hold lower-case letters, digits and `-`');
const factName = z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'may hold letters and digits');

const Ask = z
  .object({
    query: name.describe('name of a query of the library'),
    params: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .default({})
      .describe(
        'values of its parameters; "@seed" is the main seed; suite and preset are those of the report',
      ),
    where: z.string().optional().describe('column; only rows where it is true are taken'),
  })
  .strict();

const facts = z.record(factName, Ask).default({}).describe('queries that the templates read, by name');

const Text = z
  .object({
    facts,
    text: template.describe('mustache; nothing is written where it comes out empty'),
  })
  .strict();

const Section = z
  .object({
    id: name,
    title: template,
    text: template.optional().describe('what the section is about, said before its figures'),
  })
  .strict();

const Report = z
  .object({
    $schema: z.string().optional(),
    compares: z
      .literal('runs')
      .optional()
      .describe('what `--compare` names; default: the report is of one suite'),
    title: template,
    facts: facts.describe('queries that every template of the report may read'),
    head: z.array(Text).describe('lines below the title'),
    summary: z
      .object({
        title: template,
        sentences: z
          .array(
            z.union([
              Text,
              z.object({ titleOf: name.describe('figure whose title is the sentence') }).strict(),
            ]),
          )
          .min(1),
      })
      .strict(),
    sections: z.array(Section).min(1).describe('in the order of the page'),
  })
  .strict();

const Figure = z
  .object({
    $schema: z.string().optional(),
    section: name.describe('section of report.json that it stands in'),
    order: z.number().default(100).describe('place inside the section; small first'),
    show: z.enum(['chart', 'table', 'commands', 'gallery']).default('chart'),
    rows: Ask.describe('the data shown; commands have one line for each row'),
    datasets: z.record(factName, Ask).default({}).describe('more data of a chart, by the name it uses'),
    facts,
    title: template.describe('the finding, one sentence'),
    caption: template.describe('what is shown, on which data, definitions and chance'),
    alt: template
      .optional()
      .describe(
        'the finding for those who cannot see the chart, with `{{figure.title}}` for the title; default: the title',
      ),
    unmeasured: template.describe('said instead of the figure when its query has no rows with a value'),
    value: z.string().optional().describe('column that must have a value in some row; else it is unmeasured'),
    command: template.optional().describe('of commands: the line, from the columns of a row as `row`'),
    columns: z
      .array(z.object({ column: z.string(), title: z.string(), format: z.string().optional() }).strict())
      .optional()
      .describe('of a table: columns shown and how; default all'),
    slider: z
      .object({
        column: z.string(),
        strip: z.number().int().min(1).default(5).describe('values that stand side by side'),
      })
      .strict()
      .optional()
      .describe('of a chart: column of numbers of which a few are shown side by side, or one by a slider'),
    turned: z
      .boolean()
      .default(false)
      .describe('of a table: a row becomes a column, for few rows of many columns'),
    folded: z.boolean().default(false).describe('of a table: shown after a click'),
  })
  .strict();

export type Ask = z.infer<typeof Ask>;
export type TextDefinition = z.infer<typeof Text>;

/** What `<name>.json` and, for a chart, `<name>.vl.json` say. */
export type FigureDefinition = z.infer<typeof Figure> & {
  readonly name: string;
  readonly file: string;
  /** Vega-Lite without data; null unless a chart. */
  readonly chart: Readonly<Record<string, unknown>> | null;
};

export type ReportDefinition = z.infer<typeof Report> & {
  readonly folder: string;
  readonly css: string;
  readonly figures: readonly FigureDefinition[];
};

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new ReportDefinitionError(file, [`cannot be read (${errnoOf(error) ?? ''})`]);
  }
}

async function parsed<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let json: unknown;
  try {
    json = JSON.parse(await text(file));
  } catch (error) {
    if (error instanceof ReportDefinitionError) throw error;
    throw new ReportDefinitionError(file, [error instanceof Error ? error.message : 'not JSON']);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new ReportDefinitionError(
    file,
    result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`),
  );
}

const Chart = z.record(z.string(), z.unknown());

async function readFigure(
  folder: string,
  file: string,
  sections: readonly string[],
): Promise<FigureDefinition> {
  const path = join(folder, file);
  const figure = await parsed(path, Figure);
  const problems: string[] = [];
  if (!sections.includes(figure.section))
    problems.push(`section: '${figure.section}' is not in report.json (${sections.join(', ')})`);
  if (figure.show === 'commands' && figure.command === undefined) problems.push('command: is missing');
  if (problems.length > 0) throw new ReportDefinitionError(path, problems);
  const chartPath = path.replace(/\.json$/, '.vl.json');
  const chart = figure.show === 'chart' ? await parsed(chartPath, Chart) : null;
  if (chart !== null && JSON.stringify(chart['data']) !== '{"name":"rows"}')
    throw new ReportDefinitionError(chartPath, ['data: must be {"name": "rows"}']);
  return { ...figure, name: basename(file, '.json'), file: path, chart };
}

/**
 * Reads a report definition: `report.json`, `page.css` (default: that of the trend report) and every figure beside them.
 * A figure is found by its file, so adding one touches no other file.
 * @throws ReportDefinitionError naming file and field
 */
export async function loadDefinition(folder: string): Promise<ReportDefinition> {
  const report = await parsed(join(folder, 'report.json'), Report);
  const names = await readdir(folder);
  const css = await text(join(names.includes('page.css') ? folder : SHIPPED_LOOK, 'page.css'));
  const sections = report.sections.map(({ id }) => id);
  const files = names.filter(
    (file) => file.endsWith('.json') && !file.endsWith('.vl.json') && file !== 'report.json',
  );
  const figures = await Promise.all(files.sort().map((file) => readFigure(folder, file, sections)));
  const place = ({ section, order }: FigureDefinition): number => sections.indexOf(section) * 1e6 + order;
  return { ...report, folder, css, figures: figures.sort((a, b) => place(a) - place(b)) };
}
