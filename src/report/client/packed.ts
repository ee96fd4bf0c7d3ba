/// <reference lib="dom" />

/** Id of the element that holds a page's data. */
export const PACKED = 'packed';

/** Id of what the page holds for all its charts (`PageData`). */
export const PAGE = 'page';

/** Gives a piece of the page's data by its id; null where there is none. */
export type Stored = (id: string) => unknown;

/**
 * Unpacks what the page holds of its figures (`packedScript`). A browser that cannot, one from before 2023, says so on the
 * page. Stands alone: the page carries its source.
 * @param id of the element that holds it
 */
export async function unpack(id: string): Promise<Stored> {
  if (typeof DecompressionStream === 'undefined') {
    const note = document.createElement('p');
    note.className = 'unmeasured';
    note.textContent =
      'This browser is too old to unpack the data of this page, so charts are missing. Text and tables are complete.';
    document.querySelector('main')?.prepend(note);
    throw new Error('the browser knows no DecompressionStream');
  }
  const packed = atob(document.getElementById(id)?.textContent ?? '');
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const pieces = (await new Response(stream).json()) as Readonly<Record<string, string>>;
  return (piece) => JSON.parse(pieces[piece] ?? 'null') as unknown;
}
