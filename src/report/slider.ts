import type { SliderData } from './client/chart-data.js';
import type { FilledFigure } from './gather.js';

/** Up to `most` of the values: first, last and others between, evenly by place. */
function evenly(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values];
  const places = Array.from({ length: most }, (_, i) =>
    Math.round((i * (values.length - 1)) / Math.max(most - 1, 1)),
  );
  return places.flatMap((place) => values[place] ?? []);
}

/** What the slider of a figure goes over; null where it has none, or only one value. */
export function sliderOf({ definition: { slider }, answer }: FilledFigure): SliderData | null {
  if (slider === undefined) return null;
  const found = answer.rows.map((row) => row[slider.column]);
  const values = [...new Set(found.flatMap((value) => (typeof value === 'number' ? [value] : [])))];
  values.sort((a, b) => a - b);
  return values.length < 2 ? null : { column: slider.column, values, strip: evenly(values, slider.strip) };
}
