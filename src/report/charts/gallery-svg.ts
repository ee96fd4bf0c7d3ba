import { evenly } from '../../domain/evenly.js';
import type { FilledFigure } from '../content/gather.js';
import { cellPixels, readShots, type Shot } from '../client/neuron-shots.js';
import { markup, type Html } from '../page/html.js';
import { encodePng } from './png.js';
import { FORMATS, type Row } from '../content/template.js';
import { FILE_FONT } from './text-width.js';
import { THEMES } from './theme.js';

/** Pixels. */
const MAP = 72;
const GAP = 8;
const WORDS = 230;
const HEAD = 40;
const MARGIN = 12;

/** Maps that stand side by side. */
const STRIP = 5;

const { light } = THEMES;
const count = (value: number): string => FORMATS['count']?.(String(value)) ?? String(value);

/** Up to five of the steps: first, last and others between, evenly by place. */
export function stripOf(given: readonly number[]): number[] {
  return evenly(
    [...new Set(given)].sort((a, b) => a - b),
    STRIP,
  );
}

function mapImage(shot: Shot, all: readonly Shot[], x: number, y: number): Html {
  if (shot.reason !== null)
    return markup`<text x="${x + MAP / 2}" y="${y + MAP / 2}" text-anchor="middle" fill="${light.muted}">${shot.reason}</text>`;
  const pixels = cellPixels({ map: shot, scaledWith: all, colours: light.sequential });
  const png = encodePng(shot.side, pixels).toString('base64');
  return markup`<image x="${x}" y="${y}" width="${MAP}" height="${MAP}" image-rendering="optimizeSpeed" style="image-rendering: pixelated" href="data:image/png;base64,${png}"/>
<rect x="${x - 0.5}" y="${y - 0.5}" width="${MAP + 1}" height="${MAP + 1}" fill="none" stroke="${light.line}"/>`;
}

function neuronRow(row: Row, shots: readonly Shot[], steps: readonly number[], y: number): Html {
  const heuristics = String(row['heuristics'] ?? 'no heuristic').split('; ');
  const lines = heuristics.map(
    (text, i) => markup`<text x="${MARGIN}" y="${y + 32 + 15 * i}" fill="${light.muted}">${text}</text>`,
  );
  const maps = steps.map((step, i) => {
    const shot = shots.find((each) => each.step === step);
    return shot === undefined ? markup`` : mapImage(shot, shots, MARGIN + WORDS + i * (MAP + GAP), y);
  });
  return markup`<text x="${MARGIN}" y="${y + 14}" fill="${light.text}" font-weight="bold">${String(row['name'])}</text>
${lines}
${maps}`;
}

/**
 * The film strips of a gallery as it goes into papers, in the light theme: a row for each neuron with its heuristics at
 * the reference checkpoint and its maps at a few steps, the operators below one another.
 */
export function gallerySvg(figure: FilledFigure): string {
  const { answer, datasets } = figure;
  const table = {
    columns: answer.columns,
    rows: answer.rows.map((row) => answer.columns.map((name) => row[name] ?? null)),
  };
  const shots = readShots(table);
  const neurons = datasets['neurons']?.rows ?? [];
  const steps = stripOf(answer.rows.map((row) => Number(row['step'])));
  const parts: Html[] = [];
  let y = MARGIN;
  for (const operator of new Set(neurons.map((row) => row['operator'] ?? ''))) {
    const labels = steps.map(
      (step, i) =>
        markup`<text x="${MARGIN + WORDS + i * (MAP + GAP) + MAP / 2}" y="${y + 30}" text-anchor="middle" fill="${light.muted}">${count(step)}</text>`,
    );
    parts.push(
      markup`<text x="${MARGIN}" y="${y + 16}" font-size="14" font-weight="bold" fill="${light.text}">a ${String(operator)} b</text>
<text x="${MARGIN + WORDS}" y="${y + 14}" fill="${light.text}">step</text>
${labels}`,
    );
    y += HEAD;
    for (const row of neurons.filter((each) => each['operator'] === operator)) {
      parts.push(neuronRow(row, shots.get(`${String(operator)} ${String(row['name'])}`) ?? [], steps, y));
      y += MAP + GAP;
    }
    y += GAP;
  }
  const width = 2 * MARGIN + WORDS + steps.length * (MAP + GAP);
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="${FILE_FONT}" font-size="11">
<rect width="${width}" height="${y}" fill="${light.background}"/>
${parts}
</svg>`.text;
}
