/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { CellValue, ChartData, Shown } from './chart-data.js';

/** A legend entry or the title of a panel, where it stands on the screen. */
interface Place {
  readonly field: string;
  readonly value: CellValue;
  readonly label: string;
  readonly box: DOMRect;
}

/**
 * Lays a button over each legend entry and panel title of a chart, so that pointer and keyboard alike can choose by it.
 * Stands alone: the page carries its source.
 * @param onPick told the column, its value, and whether it joins what is shown already
 */
export function drawPicks({
  host,
  place,
  picks,
  shown,
  onPick,
}: {
  /** Where the chart is drawn. */
  readonly host: HTMLElement;
  /** Where the buttons are put, over the chart. */
  readonly place: HTMLElement;
  readonly picks: ChartData['picks'];
  readonly shown: Shown;
  readonly onPick: (field: string, value: CellValue, joins: boolean) => void;
}): void {
  interface Item {
    readonly datum?: Readonly<Record<string, unknown>>;
    readonly mark: { readonly group?: Item };
  }
  /** Vega keeps the item of its scene at the element. */
  const itemOf = (element: Element): Item | undefined => (element as Element & { __data__?: Item }).__data__;
  const cellValue = (value: unknown): value is CellValue =>
    value === null || ['string', 'number', 'boolean'].includes(typeof value);

  const legendPlaces = [...host.querySelectorAll('.role-legend-label text')].flatMap((text): Place[] => {
    const item = itemOf(text);
    const group = item?.mark.group?.mark.group?.datum;
    if (group?.['type'] !== 'symbol') return [];
    const scales = Object.values(group['scales'] ?? {}).map(String);
    const field = scales.flatMap((scale) => picks.legends[scale] ?? [])[0];
    const value = item?.datum?.['value'];
    if (field === undefined || !cellValue(value)) return [];
    const symbol = text.parentElement?.previousElementSibling ?? text;
    const a = symbol.getBoundingClientRect();
    const b = text.getBoundingClientRect();
    const left = Math.min(a.left, b.left);
    const top = Math.min(a.top, b.top);
    const box = new DOMRect(left, top, Math.max(a.right, b.right) - left, Math.max(a.bottom, b.bottom) - top);
    return [{ field, value, label: text.textContent, box }];
  });
  const panelPlaces = [...host.querySelectorAll('.role-title-text text')].flatMap((text): Place[] => {
    const datum = itemOf(text)?.mark.group?.mark.group?.datum ?? {};
    const field = picks.panels.find((name) => name in datum);
    const value = field === undefined ? undefined : datum[field];
    if (field === undefined || !cellValue(value)) return [];
    return [{ field, value, label: text.textContent, box: text.getBoundingClientRect() }];
  });

  const origin = host.getBoundingClientRect();
  const focused = document.activeElement instanceof HTMLElement && place.contains(document.activeElement);
  const key = focused ? (document.activeElement as HTMLElement).dataset['key'] : undefined;
  const MARGIN = 3;
  const buttons = [...legendPlaces, ...panelPlaces].map(({ field, value, label, box }) => {
    const button = document.createElement('button');
    const chosen = shown[field];
    const pressed = chosen?.includes(value) === true;
    button.type = 'button';
    button.className = chosen === undefined || pressed ? 'pick' : 'pick off';
    button.dataset['key'] = `${field}=${String(value)}`;
    button.setAttribute('aria-label', `Show ${label} alone`);
    button.setAttribute('aria-pressed', String(pressed));
    button.title = pressed ? 'Show all' : `Show ${label} alone (with Shift: beside the others chosen)`;
    button.style.left = `${box.left - origin.left - MARGIN}px`;
    button.style.top = `${box.top - origin.top - MARGIN}px`;
    button.style.width = `${box.width + 2 * MARGIN}px`;
    button.style.height = `${box.height + 2 * MARGIN}px`;
    button.addEventListener('click', (event) => {
      onPick(field, value, event.shiftKey);
    });
    return button;
  });
  place.replaceChildren(...buttons);
  // A chart that was drawn anew has new buttons: the reader stays at the one that was pressed.
  if (focused)
    (buttons.find((button) => button.dataset['key'] === key) ?? buttons[0])?.focus({ preventScroll: true });
}
