import { join } from 'node:path';
import { Questions, type Answer, type Scope } from './ask.js';
import { chartParams, type ChartParams } from '../charts/compile-chart.js';
import {
  ReportDefinitionError,
  type Ask,
  type FigureDefinition,
  type ReportDefinition,
  type TextDefinition,
} from './definition.js';
import type { StepAxis } from '../charts/step-axes.js';
import { findSubject, trainingAxes, type Subject } from './subject.js';
import { factsOf, fill, fillWords, type Facts, type Row } from './template.js';

/** A figure with its words filled in and its rows. */
export interface FilledFigure {
  readonly definition: FigureDefinition;
  readonly title: string;
  readonly caption: string;
  readonly alt: string;
  readonly unmeasured: string;
  readonly answer: Answer;
  /** More data of a chart, by name. */
  readonly datasets: Readonly<Record<string, Answer>>;
  readonly measured: boolean;
  /** Of commands: one line for each row. */
  readonly commands: readonly string[];
}

export interface FilledSection {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly figures: readonly FilledFigure[];
}

/** All that a page says, in plain text. */
export interface ReportContent {
  readonly title: string;
  readonly head: readonly string[];
  readonly summaryTitle: string;
  readonly summary: readonly string[];
  readonly sections: readonly FilledSection[];
  readonly params: ChartParams;
  /** Axes of training that charts can be drawn on; `params` has the first. */
  readonly axes: readonly StepAxis[];
  readonly scope: Scope;
}

/** The figures of a report that show something: all but what was not measured, and commands. */
export const shownFigures = ({ sections }: ReportContent): FilledFigure[] =>
  sections
    .flatMap(({ figures }) => figures)
    .filter(({ measured, definition: { show } }) => measured && show !== 'commands');

type FactsByName = Readonly<Record<string, Facts | Row>>;

/** Whether a report speaks of a suite. */
const ofSubject = ({ suite, runs }: Scope, name: unknown): boolean =>
  runs === null ? name === suite : runs.split(',').some((run) => run.replace(/@\d+$/, '') === name);

const hasValue = (rows: readonly Row[], column: string | undefined): boolean =>
  rows.some((row) => column === undefined || (row[column] ?? null) !== null);

const commandsOf = (template: string | undefined, rows: readonly Row[], facts: FactsByName): string[] =>
  template === undefined ? [] : rows.map((row) => fill(template, { ...facts, row }));

/**
 * Asks all queries of a definition and fills its templates.
 * @param extra facts that are not in the database: the program's version, the paths and the date
 * @param sweeps those that are unfinished, of whatever suite
 * @throws UnknownNameError for a suite, run, query or parameter that does not exist
 */
export async function gather({
  db,
  definition,
  extra,
  sweeps = [],
  ...subject
}: Subject & {
  readonly db: string;
  readonly definition: ReportDefinition;
  readonly extra: Row;
  readonly sweeps?: readonly Row[];
}): Promise<ReportContent> {
  const { scope, row } = await findSubject(db, definition, subject);
  const questions = new Questions(db, scope);
  const answers = async (asks: Readonly<Record<string, Ask>>): Promise<Record<string, Answer>> =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(asks).map(async ([name, ask]) => [name, await questions.ask(ask)] as const),
      ),
    );
  const factsFor = async (asks: Readonly<Record<string, Ask>>): Promise<FactsByName> =>
    Object.fromEntries(Object.entries(await answers(asks)).map(([name, { rows }]) => [name, factsOf(rows)]));
  const common: FactsByName = {
    ...(await factsFor(definition.facts)),
    scope: row,
    program: extra,
    sweeps: factsOf(sweeps.filter((sweep) => ofSubject(scope, sweep['suite']))),
  };
  const filledText = async ({ facts, text }: TextDefinition): Promise<string> =>
    fillWords(text, { ...common, ...(await factsFor(facts)) });
  const allTexts = async (texts: readonly TextDefinition[]): Promise<string[]> =>
    (await Promise.all(texts.map(filledText))).filter((text) => text !== '');

  const figure = async (each: FigureDefinition): Promise<FilledFigure> => {
    const answer = await questions.ask(each.rows);
    const facts = { ...common, ...(await factsFor(each.facts)), data: factsOf(answer.rows) };
    const title = fillWords(each.title, facts);
    return {
      definition: each,
      title,
      caption: fillWords(each.caption, facts),
      alt: fillWords(each.alt ?? '', { ...facts, figure: { title } }) || title,
      unmeasured: fillWords(each.unmeasured, facts),
      answer,
      datasets: await answers(each.datasets),
      measured: hasValue(answer.rows, each.value),
      commands: commandsOf(each.command, answer.rows, facts),
    };
  };
  const figures = await Promise.all(definition.figures.map(figure));
  /** The title of a figure is its finding, so the summary says it in the same words. */
  const sentence = async (each: ReportDefinition['summary']['sentences'][number]): Promise<string> => {
    if ('text' in each) return filledText(each);
    const named = figures.find(({ definition: { name } }) => name === each.titleOf);
    if (named === undefined)
      throw new ReportDefinitionError(join(definition.folder, 'report.json'), [
        `summary.sentences: there is no figure '${each.titleOf}'`,
      ]);
    return named.measured ? named.title : named.unmeasured;
  };
  const { axes, places } = await trainingAxes(questions, definition, row);
  return {
    title: fillWords(definition.title, common),
    head: await allTexts(definition.head),
    summaryTitle: fillWords(definition.summary.title, common),
    summary: (await Promise.all(definition.summary.sentences.map(sentence))).filter((text) => text !== ''),
    sections: definition.sections.map(({ id, title, text }) => ({
      id,
      title: fillWords(title, common),
      text: fillWords(text ?? '', common),
      figures: figures.filter(({ definition: { section } }) => section === id),
    })),
    params: { ...chartParams(scope.seed ?? 0, places, axes[0]), runs: scope.runs?.split(',') ?? [] },
    axes,
    scope,
  };
}
