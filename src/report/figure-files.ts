import { join } from 'node:path';
import { writeWhole } from '../files/write.js';
import type { Answer } from './content/ask.js';
import type { TableData } from './client/chart-data.js';
import { toCsv } from './client/tables.js';
import { figureSvg } from './charts/draw-figure.js';
import { hasFonts, svgToPng } from './charts/figure-png.js';
import { shownFigures, type ReportContent } from './content/gather.js';
import { sqlFile } from './content/runnable-sql.js';

const tableOf = ({ columns, rows }: Answer): TableData => ({
  columns,
  rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
});

/**
 * Writes each figure of a report as files: `NAME.csv` and `NAME.sql`, and of a chart `NAME.svg` and `NAME.png` (two pixels
 * for each of the SVG's).
 * @param folder made as needed; files that are there already are replaced
 * @param db path of the database as the reader's commands name it
 * @returns paths of the files written
 * @throws UnwritableError, DiskFullError
 */
export async function writeFigures({
  content,
  folder,
  db,
  warn,
}: {
  readonly content: ReportContent;
  readonly folder: string;
  readonly db: string;
  readonly warn: (message: string) => void;
}): Promise<readonly string[]> {
  const written: string[] = [];
  const write = async (name: string, text: string | Uint8Array): Promise<void> => {
    const path = join(folder, name);
    await writeWhole(path, text);
    written.push(path);
  };
  let drawn = 0;
  for (const figure of shownFigures(content)) {
    const { name } = figure.definition;
    await write(`${name}.csv`, toCsv(tableOf(figure.answer)));
    await write(`${name}.sql`, sqlFile(figure.answer, db));
    const svg = await figureSvg(figure, content.params);
    if (svg === null) continue;
    await write(`${name}.svg`, svg);
    await write(`${name}.png`, await svgToPng(svg));
    drawn++;
  }
  if (drawn > 0 && !hasFonts())
    warn('this system has no fonts, so the PNG files have no words; install some, e.g. fonts-liberation');
  return written;
}
