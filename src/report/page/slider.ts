import { evenly } from '../../domain/evenly.js';
import type { SliderData } from '../client/chart-data.js';
import type { FilledFigure } from '../content/gather.js';

/** What the slider of a figure goes over; null where it has none, or only one value. */
export function sliderOf({ definition: { slider }, answer }: FilledFigure): SliderData | null {
  if (slider === undefined) return null;
  const found = answer.rows.map((row) => row[slider.column]);
  const values = [...new Set(found.flatMap((value) => (typeof value === 'number' ? [value] : [])))];
  values.sort((a, b) => a - b);
  return values.length < 2 ? null : { column: slider.column, values, strip: evenly(values, slider.strip) };
}
