import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/write-report.js';
import { commitAll } from '../store/example.js';
import { wholeStep } from '../store/whole-example.js';
import { databases, EVIL, renamed } from './databases.js';

const executablePath = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const skipped = executablePath === undefined && process.env['CI'] === undefined;

const { folder, database, remove } = databases();
afterAll(remove);

/** Neuron 2.0 has its lowest mean in the first cell, the highest at the second op2; 1.0 no map at step 0. */
describe.skipIf(skipped)('the neuron gallery in a browser', () => {
  let browser: Browser;
  let url: string;
  const faults: string[] = [];

  async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 390, height: 900 } });
    faults.length = 0;
    page.on('console', (message) => {
      if (!message.text().startsWith('Canvas2D: Multiple readback')) faults.push(message.text()); // of this test
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => {
      faults.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(path);
    await page.waitForSelector('[data-gallery] .gallery-controls:not([hidden])');
    return page;
  }

  const names = (page: Page) =>
    page.$$eval('.card', (cards) =>
      cards.flatMap((card) => (card.checkVisibility() ? [card.getAttribute('data-neuron')] : [])),
    );
  const label = (page: Page, neuron: string) =>
    page.getAttribute(`.card[data-neuron="${neuron}"] .now canvas`, 'aria-label');
  const heuristics = (page: Page, neuron: string) =>
    page.locator(`.card[data-neuron="${neuron}"] .heuristics li`).allInnerTexts();
  /** Colour of the middle of a place of the 2 x 2 map, counted from its upper left. */
  const colour = (page: Page, column: number, row: number, neuron = '2.0') =>
    page.$eval(
      `.card[data-neuron="${neuron}"] .strip button[aria-pressed="true"] canvas`,
      (canvas, place) => {
        if (!(canvas instanceof HTMLCanvasElement)) return null;
        const [x = 0, y = 0] = place.map((at) => (canvas.width * (1 + 2 * at)) / 4);
        return [...(canvas.getContext('2d')?.getImageData(x, y, 1, 1).data ?? [])];
      },
      [column, row],
    );

  beforeAll(async () => {
    const { path } = await writeReport({ db: await database('whole'), out: join(folder, 'whole.html') });
    url = pathToFileURL(path).href;
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    });
  });
  afterAll(() => browser.close());

  it('says of each neuron its place, its life and its heuristics, and draws its map', async () => {
    const page = await open(url);
    expect(await names(page)).toEqual(['2.0', '1.0']);
    expect(await page.locator('.card[data-neuron="2.0"] > p').innerText()).toBe(
      'Number 1 at step 1,000: effect 1.25 ± 0.50 logits; implements heuristics from step 10 on, at 3 of 4 measured steps.',
    );
    expect(await page.locator('.card[data-neuron="1.0"] > p').innerText()).toContain(
      'from the first step, 0, on',
    );
    expect(await label(page, '2.0')).toBe(
      'Neuron 2.0 for a + b, step 1,000: mean activation from -0.25 to 3, largest where op1 is 0 to 4 and op2 is 5 to 9',
    );
    expect(await heuristics(page, '2.0')).toEqual(['result = 0 mod 2 0.75']);
    // op2 upwards: cell (0, 0) stands below, (0, 1) above it; no prompt falls in (1, 1)
    const [low, high, none] = [await colour(page, 0, 1), await colour(page, 0, 0), await colour(page, 1, 0)];
    expect([low?.[3], high?.[3], none?.[3]]).toEqual([255, 255, 0]);
    expect(high).not.toEqual(low);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('goes over the steps by the slider, by keyboard, and by the film strip', async () => {
    const page = await open(url);
    const last = await colour(page, 0, 0);
    await page.focus('[data-gallery] input[type=range]');
    await page.keyboard.press('ArrowLeft');
    expect(await label(page, '2.0')).toContain('step 100: mean activation from -0.25 to 2.1');
    expect(await heuristics(page, '2.0')).toEqual(['op1 in [0,10) 0.75', 'result = 0 mod 2 0.62']);
    expect(await heuristics(page, '1.0')).toEqual(['implements no heuristic at this step']);
    expect(await page.locator('[data-gallery-step]').innerText()).toBe('100');
    const earlier = await colour(page, 0, 0);
    expect(earlier).not.toEqual(last); // one scale over all steps
    await page.check('[data-gallery] input[type=checkbox]');
    expect(await colour(page, 0, 0)).toEqual(last);
    await page.click('.card[data-neuron="1.0"] [data-step="0"]');
    expect(await label(page, '1.0')).toContain('not_finite');
    expect(await page.getAttribute('[data-gallery] input[type=range]', 'aria-valuetext')).toBe('step 0');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('finds neurons by name and by heuristic', async () => {
    const page = await open(url);
    const found = async (text: string) => {
      await page.fill('[data-gallery] input[type=search]', text);
      return names(page);
    };
    expect(await found('mod 2')).toEqual(['2.0']);
    expect(await found('OP1')).toEqual(['2.0', '1.0']);
    expect(await found('1.0')).toEqual(['1.0']);
    expect(await found('pattern')).toEqual([]);
    expect(await page.locator('[data-gallery-found]').innerText()).toBe('0 of 2 neurons');
    expect(await found('')).toEqual(['2.0', '1.0']);
    await page.close();
  });

  it('gives its film strips as SVG and PNG', async () => {
    const page = await open(url, 'dark');
    const download = async (kind: string): Promise<Buffer> => {
      const started = page.waitForEvent('download');
      await page.click(`#neuron-gallery [data-save="${kind}"]`);
      const file = await started;
      expect(file.suggestedFilename()).toBe(`neuron-gallery.${kind}`);
      return readFile(await file.path());
    };
    const svg = String(await download('svg'));
    expect(svg).toMatch(/^<svg xmlns[^]*<\/svg>$/);
    expect([...svg.matchAll(/<image /g)]).toHaveLength(5); // of six maps one was not measured
    expect(svg).toContain('not_finite');
    expect(svg).toMatch(/>2\.0<[^]*>result = 0 mod 2 0\.75<[^]*>1\.0</);
    const png = await download('png');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
    expect(png.readUInt32BE(16)).toBe(2 * width);
    expect(String(await download('csv'))).toMatch(/^suite,seed,preset,operator,rank,/);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('is drawn in the colours of the theme, and in light ones on paper', async () => {
    const light = await open(url);
    const day = await colour(light, 0, 0);
    const page = await open(url, 'dark');
    const night = await colour(page, 0, 0);
    expect(night).not.toEqual(day);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.emulateMedia({ media: 'print' });
    await page.waitForFunction(() => matchMedia('print').matches);
    expect(await colour(page, 0, 0)).toEqual(day);
    await page.close();
    await light.close();
  });

  it('takes the names of heuristics for text', async () => {
    const db = join(folder, 'evil-maps.duckdb');
    await commitAll(
      db,
      [wholeStep(0, 0), wholeStep(0, 100), wholeStep(0, 1000)].map((batch) =>
        renamed(batch, 'op1 in [0,10)', EVIL),
      ),
    );
    const { path } = await writeReport({ db, out: join(folder, 'evil-maps.html') });
    const page = await open(pathToFileURL(path).href);
    expect(await heuristics(page, '1.0')).toEqual([`${EVIL} 0.75`]);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('is a sentence where no maps were kept', async () => {
    const { path } = await writeReport({ db: await database('example'), out: join(folder, 'example.html') });
    const page = await browser.newPage();
    await page.goto(pathToFileURL(path).href);
    expect(await page.locator('#neuron-gallery').innerText()).toContain('were not measured');
    await page.close();
  });
});
