import { Resvg, renderAsync } from '@resvg/resvg-js';
import { FILE_FONT } from './text-width.js';

/** Pixels for each of the chart's. */
const ZOOM = 2;
const FONT = {
  loadSystemFonts: true,
  defaultFontFamily: 'Liberation Sans',
  sansSerifFamily: 'Liberation Sans',
};

/** Whether this system has a font, without which a picture has no words. */
export function hasFonts(): boolean {
  const words = `<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="50" font-family='${FILE_FONT}'>a</text></svg>`;
  return new Resvg(words, { font: FONT }).getBBox() !== undefined;
}

/** A drawn chart as PNG, twice as many pixels across as its size says. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  const picture = await renderAsync(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font: FONT });
  return picture.asPng();
}
