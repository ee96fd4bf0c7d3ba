/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { ChartData, TableData } from './chart-data.js';
import type { drawBars, MapWords, paintMap } from './neuron-map.js';
import type { cellPixels, readShots, Shot } from './neuron-shots.js';
import type { Stored } from './packed.js';

/** What a gallery needs of the page. */
export interface GalleryParts {
  readonly chartOf: (id: string) => ChartData;
  readonly tableOf: (id: string) => TableData;
  readonly stored: Stored;
  readonly readShots: typeof readShots;
  readonly cellPixels: typeof cellPixels;
  readonly paintMap: typeof paintMap;
  readonly drawBars: typeof drawBars;
}

/**
 * Draws the neuron galleries of a page and serves their controls. Stands alone: the page carries its source.
 */
export function runGalleries(parts: GalleryParts): void {
  interface Card {
    readonly element: HTMLElement;
    readonly operator: string;
    readonly title: string;
    readonly shots: readonly Shot[];
    /** What a search looks through. */
    readonly words: readonly string[];
  }
  /** CSS pixels: bars, the map, and all of it with the words of its axes. */
  const BARS = 24;
  const BOX = { left: 30, top: 28, size: 150 };
  const SIZE = [206, 236] as const;
  const STRIP_BOX = { left: 0, top: 0, size: 64 };
  const root = document.documentElement;
  const printMedia = window.matchMedia('print');
  const redraws: (() => void)[] = [];
  let printing = printMedia.matches;

  /** A drawing as PNG, twice its size. */
  const pictureOf = async (url: string): Promise<string> => {
    const drawing = new Image();
    drawing.src = url;
    await drawing.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2 * drawing.width, 2 * drawing.height];
    canvas.getContext('2d')?.drawImage(drawing, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/png');
  };

  const serve = (gallery: HTMLElement): void => {
    const all = <T extends Element>(selector: string): T[] => [...gallery.querySelectorAll<T>(selector)];
    const shots = parts.readShots(parts.tableOf(parts.chartOf(gallery.dataset['gallery'] ?? '').rows));
    const cards = all<HTMLElement>('[data-neuron]').map((element): Card => {
      const { operator = '', neuron = '' } = element.dataset;
      const own = shots.get(`${operator} ${neuron}`) ?? [];
      return {
        element,
        operator,
        title: element.querySelector('h4')?.textContent ?? '',
        shots: own,
        words: [neuron, ...own.flatMap(({ heuristics }) => heuristics)].map((word) => word.toLowerCase()),
      };
    });
    const range = gallery.querySelector<HTMLInputElement>('input[type=range]');
    const search = gallery.querySelector<HTMLInputElement>('input[type=search]');
    const alone = gallery.querySelector<HTMLInputElement>('input[type=checkbox]');
    const steps = [...new Set(cards.flatMap((card) => card.shots.map(({ step }) => step)))].sort(
      (a, b) => a - b,
    );
    const buttons = all<HTMLElement>('[data-gallery-operator]');
    let operator = buttons[0]?.dataset['galleryOperator'] ?? cards[0]?.operator ?? '';
    const stepNow = (): number => steps[Number(range?.value ?? steps.length - 1)] ?? 0;
    const shotAt = (card: Card, step: number): Shot | undefined =>
      card.shots.find((shot) => shot.step === step);

    const isFound = ({ words }: Card): boolean => {
      const wanted = (search?.value ?? '').toLowerCase().split(/\s+/).filter(Boolean);
      return wanted.length === 0 || words.some((text) => wanted.every((part) => text.includes(part)));
    };
    const colours = (): readonly string[] => {
      const dark = !printing && getComputedStyle(root).colorScheme === 'dark';
      return (gallery.dataset[dark ? 'dark' : 'light'] ?? '').split(' ');
    };

    /** Of each large map, what it says of a place. */
    const spoken = new Map<HTMLCanvasElement, MapWords>();
    const draw = (canvas: HTMLCanvasElement, card: Card, shot: Shot, full: boolean): void => {
      const scaledWith = alone?.checked === true ? [shot] : card.shots;
      const box = full ? BOX : STRIP_BOX;
      const [width, height] = full ? SIZE : [box.size, box.size];
      const scale = Math.max(1, Math.ceil(window.devicePixelRatio));
      canvas.width = width * scale;
      canvas.height = height * scale;
      if (full) canvas.style.width = `${width}px`;
      const context = canvas.getContext('2d');
      let said = `no map (${shot.reason ?? ''})`;
      spoken.delete(canvas);
      if (context !== null && shot.reason === null) {
        const css = getComputedStyle(canvas);
        const [line, words] = [css.getPropertyValue('--line'), css.getPropertyValue('--muted')];
        const common = { context, map: shot, box };
        context.scale(scale, scale);
        const pixels = parts.cellPixels({ map: shot, scaledWith, colours: colours() });
        const painted = parts.paintMap({ ...common, pixels, hatch: full ? words : null });
        const style = { line, words, font: `10px ${css.fontFamily}` };
        if (full) parts.drawBars({ ...common, scaledWith, length: BARS, style });
        if (full) spoken.set(canvas, painted);
        ({ said } = painted);
      }
      const step = shot.step.toLocaleString('en-US');
      if (full) canvas.setAttribute('aria-label', `${card.title}, step ${step}: ${said}`);
    };

    const drawCard = (card: Card): void => {
      const now = shotAt(card, stepNow());
      const large = card.element.querySelector<HTMLCanvasElement>('.now canvas');
      if (now !== undefined && large !== null) draw(large, card, now, true);
      for (const button of card.element.querySelectorAll<HTMLElement>('[data-step]')) {
        const step = Number(button.dataset['step']);
        const [shot, canvas] = [shotAt(card, step), button.querySelector('canvas')];
        if (shot !== undefined && canvas !== null) draw(canvas, card, shot, false);
        button.setAttribute('aria-pressed', String(step === stepNow()));
      }
      const list = card.element.querySelector('.heuristics');
      if (list === null || now === undefined) return;
      const count = now.count ?? 0;
      const words =
        now.count === null
          ? ['not classified at this step']
          : count === 0
            ? ['implements no heuristic at this step']
            : [
                ...now.heuristics,
                ...(count > now.heuristics.length ? [`${count - now.heuristics.length} more`] : []),
              ];
      list.replaceChildren(
        ...words.map((word) => {
          const item = document.createElement('li');
          const [, name = word, score = ''] = /^(.*) ([01]\.\d+)$/.exec(word) ?? [];
          const number = document.createElement('span');
          number.textContent = score;
          item.append(name, ' ', number);
          return item;
        }),
      );
    };

    const show = (): void => {
      const found = cards.filter(isFound);
      for (const card of cards) {
        const isShown = card.operator === operator && found.includes(card);
        card.element.hidden = !isShown;
        if (isShown) drawCard(card);
      }
      for (const button of buttons)
        button.setAttribute('aria-pressed', String(button.dataset['galleryOperator'] === operator));
      const words = stepNow().toLocaleString('en-US');
      range?.setAttribute('aria-valuetext', `step ${words}`);
      for (const output of all<HTMLElement>('[data-gallery-step]')) output.textContent = words;
      const own = cards.filter((card) => card.operator === operator);
      const shown = own.filter((card) => found.includes(card)).length;
      const others = found.length - shown;
      const text = `${shown} of ${own.length} neurons${isFiltered() && others > 0 ? `; ${others} of other operators` : ''}`;
      for (const output of all<HTMLElement>('[data-gallery-found]')) output.textContent = text;
    };
    const isFiltered = (): boolean => (search?.value ?? '').trim() !== '';

    gallery.addEventListener('input', show);
    gallery.addEventListener('click', ({ target }) => {
      if (!(target instanceof Element)) return;
      const chosen = target.closest<HTMLElement>('[data-gallery-operator]')?.dataset['galleryOperator'];
      const step = target.closest<HTMLElement>('[data-step]')?.dataset['step'];
      if (chosen !== undefined) operator = chosen;
      if (step !== undefined && range !== null) range.value = String(steps.indexOf(Number(step)));
      if (chosen !== undefined || step !== undefined) show();
    });
    const save = async (kind: string, name: string): Promise<void> => {
      const svg = parts.stored(`${gallery.dataset['gallery'] ?? ''}-svg`);
      const link = document.createElement('a');
      const drawing = URL.createObjectURL(new Blob([String(svg)], { type: 'image/svg+xml' }));
      link.href = kind === 'svg' ? drawing : await pictureOf(drawing);
      link.download = `${name}.${kind}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(drawing), 10_000);
    };
    gallery.parentElement?.addEventListener('click', ({ target }) => {
      const kind = target instanceof HTMLElement ? target.dataset['save'] : undefined;
      if (kind === 'svg' || kind === 'png') void save(kind, gallery.parentElement?.id ?? '');
    });
    gallery.addEventListener('pointermove', ({ target, offsetX, offsetY }) => {
      if (target instanceof HTMLCanvasElement) target.title = spoken.get(target)?.at(offsetX, offsetY) ?? '';
    });
    if (range !== null) {
      range.max = String(steps.length - 1);
      range.value = range.max;
    }
    gallery.querySelector('.gallery-controls')?.removeAttribute('hidden');
    redraws.push(show);
    show();
  };

  const redraw = (): void => redraws.forEach((again) => again());
  const print = (on: boolean): void => {
    printing = on;
    redraw();
  };
  for (const gallery of document.querySelectorAll<HTMLElement>('[data-gallery]')) serve(gallery);
  if (redraws.length === 0) return;
  new MutationObserver(redraw).observe(root, { attributes: true, attributeFilter: ['data-theme'] });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  printMedia.addEventListener('change', () => print(printMedia.matches));
  window.addEventListener('beforeprint', () => print(true));
  window.addEventListener('afterprint', () => print(false));
}
