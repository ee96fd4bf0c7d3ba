/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { CellValue, SliderData, ThemeName } from './chart-data.js';
import type { makeChoices } from './choices.js';
import type { download } from './downloads.js';
import type { drawPicks } from './picks.js';
import type { shownRows, toCsv } from './tables.js';
import type { Views } from './views.js';

/** The functions that the page carries beside `runPage`. */
export interface PageParts {
  readonly views: Views;
  readonly makeChoices: typeof makeChoices;
  readonly drawPicks: typeof drawPicks;
  readonly download: typeof download;
  readonly toCsv: typeof toCsv;
  readonly shownRows: typeof shownRows;
}

/**
 * Draws the charts of a page and serves its controls. Its source is put into the page, so it uses nothing from
 * outside but its arguments and the browser.
 */
export function runPage(parts: PageParts): void {
  /** Width of A4 less its margins, CSS pixels. */
  const PAPER = 680;
  const { views } = parts;
  const choices = parts.makeChoices(views.page);
  const darkMedia = window.matchMedia('(prefers-color-scheme: dark)');
  const printMedia = window.matchMedia('print');
  const root = document.documentElement;
  let printing = printMedia.matches;

  const theme = (): ThemeName => {
    const chosen = root.dataset['theme'];
    if (printing) return 'light';
    if (chosen === 'light' || chosen === 'dark') return chosen;
    return darkMedia.matches ? 'dark' : 'light';
  };
  const hosts = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-chart]')];
  const chartAt = (host: HTMLElement) => views.chartOf(host.dataset['chart'] ?? '');
  const available = (host: HTMLElement): number => (printing ? PAPER : host.clientWidth);

  const pending = new Map<HTMLElement, 'draw' | 'change'>();
  let loops = 0;
  /** Of what waits: what is in sight and below first, then what lies above. */
  const next = (): HTMLElement | undefined => {
    const waiting = [...pending.keys()];
    return waiting.find((host) => host.getBoundingClientRect().bottom > 0) ?? waiting[0];
  };
  const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const work = async (): Promise<void> => {
    loops++;
    try {
      for (let host = next(); host !== undefined; host = next()) {
        const kind = pending.get(host);
        const choice = choices.of(chartAt(host));
        pending.delete(host);
        if (kind === 'draw') await views.draw(host, theme(), choice, available(host));
        else await views.change(host, choice, available(host));
        dress(host);
        // Paper is made at once: what waits for a later turn would not be on it.
        if (!printing) await breathe();
      }
    } finally {
      loops--;
    }
    if (loops === 0) root.dataset['ready'] = theme();
  };
  const request = (kind: 'draw' | 'change', some: readonly HTMLElement[] = hosts()): void => {
    delete root.dataset['ready'];
    for (const host of some) if (pending.get(host) !== 'draw') pending.set(host, kind);
    if (loops === 0 || printing) void work();
  };

  /** Lays the buttons over a chart, and sets its slider to what is shown. */
  const dress = (host: HTMLElement): void => {
    const chart = chartAt(host);
    const shown = choices.picked(chart);
    if (chart.slider !== null) showSlider(host, chart.slider, shown[chart.slider.column]);
    const scroller = host.parentElement;
    const place = scroller?.querySelector<HTMLElement>('.picks') ?? null;
    if (scroller === null || place === null) return;
    // What is too wide for a narrow screen scrolls by keyboard too.
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0;
    else scroller.removeAttribute('tabindex');
    const onPick: Parameters<typeof parts.drawPicks>[0]['onPick'] = (field, value, joins) => {
      choices.pick(chart, field, value, joins);
      request('change', [host]);
    };
    parts.drawPicks({ host, place, picks: chart.picks, shown, onPick });
  };

  const showSlider = (
    host: HTMLElement,
    { values }: SliderData,
    shown: readonly CellValue[] | undefined,
  ): void => {
    const box = document.querySelector<HTMLElement>(`[data-slider="${host.dataset['chart'] ?? ''}"]`);
    const range = box?.querySelector('input');
    if (box === null || range === null || range === undefined) return;
    const [value] = shown ?? [];
    const alone = shown?.length === 1 && typeof value === 'number';
    if (alone) range.value = String(values.indexOf(value));
    const words = (values[Number(range.value)] ?? 0).toLocaleString('en-US');
    range.setAttribute('aria-valuetext', words);
    for (const output of box.querySelectorAll('output')) output.textContent = alone ? words : '';
    box.querySelector('button')?.setAttribute('aria-pressed', String(!alone));
  };
  const slide = (box: HTMLElement, place: number | null): void => {
    const host = document.querySelector<HTMLElement>(`[data-chart="${box.dataset['slider'] ?? ''}"]`);
    const chart = host === null ? null : chartAt(host);
    if (host === null || chart?.slider === null || chart === null) return;
    const value = place === null ? undefined : chart.slider.values[place];
    choices.set(chart, chart.slider.column, value === undefined ? null : [value]);
    request('change', [host]);
  };

  const bar = document.querySelector<HTMLElement>('.controls');
  const operators = [...(bar?.querySelectorAll<HTMLElement>('[data-operator]') ?? [])];
  const isPressed = (button: HTMLElement): boolean => button.getAttribute('aria-pressed') === 'true';
  /** One operator, all, or with Shift some of them; the button of all has an empty name. */
  const chooseOperator = (button: HTMLElement, joins: boolean): void => {
    const name = (each: HTMLElement): string => each.dataset['operator'] ?? '';
    const before = operators.filter((each) => isPressed(each) && name(each) !== '').map(name);
    const joined = isPressed(button)
      ? before.filter((each) => each !== name(button))
      : [...before, name(button)];
    const chosen = name(button) === '' ? [] : joins ? joined : [name(button)];
    for (const each of operators)
      each.setAttribute(
        'aria-pressed',
        String(chosen.length === 0 ? name(each) === '' : chosen.includes(name(each))),
      );
    choices.setOperators(chosen.length === 0 ? null : chosen);
    request('change');
  };

  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null;
    if (button === null) return;
    if (button.dataset['save'] !== undefined) void parts.download(button, { ...parts, choices });
    if (operators.includes(button)) chooseOperator(button, event.shiftKey);
    const box = button.closest<HTMLElement>('[data-slider]');
    if (box !== null) slide(box, null);
    if (button.dataset['toggle'] === 'theme') {
      root.dataset['theme'] = theme() === 'dark' ? 'light' : 'dark';
      request('draw');
    }
  });
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLSelectElement && target.dataset['choose'] === 'axis') {
      choices.setAxis(target.value);
      request('change');
    }
    const box = target instanceof HTMLInputElement ? target.closest<HTMLElement>('[data-slider]') : null;
    if (box !== null && target instanceof HTMLInputElement) slide(box, Number(target.value));
  });

  const print = (on: boolean): void => {
    if (printing === on) return;
    printing = on;
    request('draw');
  };
  window.addEventListener('beforeprint', () => print(true));
  window.addEventListener('afterprint', () => print(false));
  printMedia.addEventListener('change', () => print(printMedia.matches));
  darkMedia.addEventListener('change', () => request('draw'));
  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => request('draw'), 120);
  });
  bar?.removeAttribute('hidden');
  request('draw');
}
