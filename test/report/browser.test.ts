import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/write-report.js';
import { databases } from './databases.js';

const CANDIDATES = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path));
const WHY =
  'no Chromium found: install one (apt-get install chromium) or set CHROMIUM_PATH to test the report in a browser';
/** In CI nothing is skipped: without a browser the tests run and fail. */
const skipped = executablePath === undefined && process.env['CI'] === undefined;
if (skipped) process.stderr.write(`skipped: ${WHY}\n`);

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const { folder, database, remove } = databases();
afterAll(remove);

describe.skipIf(skipped)(`the report in a browser${skipped ? ` (${WHY})` : ''}`, () => {
  let browser: Browser;
  const faults: string[] = [];
  const urls = new Map<string, string>();

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error(WHY);
    for (const name of ['whole', 'empty', 'evil'] as const) {
      const { path } = await writeReport({ db: await database(name), out: join(folder, `${name}.html`) });
      urls.set(name, pathToFileURL(path).href);
    }
    browser = await chromium.launch({ executablePath, args: ARGS });
  });
  afterAll(async () => {
    await browser.close();
  });

  interface Look {
    readonly name?: 'whole' | 'empty' | 'evil';
    readonly colorScheme?: 'light' | 'dark';
    readonly width?: number;
  }

  const settled = (page: Page, theme: string): Promise<unknown> =>
    page.waitForFunction((wanted) => document.documentElement.dataset['ready'] === wanted, theme);

  async function open({ name = 'whole', colorScheme = 'light', width = 1280 }: Look = {}): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    faults.length = 0;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!/^(?:file|data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
    });
    await page.goto(urls.get(name) ?? '');
    await settled(page, colorScheme);
    return page;
  }

  /** Every chart with its width, that of its place, and how many marks show data. */
  const charts = (page: Page) =>
    page.$$eval('[data-chart]', (hosts) =>
      hosts.map((host) => ({
        id: host.getAttribute('data-chart'),
        label: host.getAttribute('aria-label') ?? '',
        place: host.clientWidth,
        width: Number(host.querySelector('svg')?.getAttribute('width')),
        marks: host.querySelectorAll('svg :is(.mark-line, .mark-rect, .mark-symbol) path').length,
        theme: host.getAttribute('data-drawn'),
      })),
    );

  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 420 },
    { colorScheme: 'dark', width: 420 },
  ] as const)('draws every chart in its place, $colorScheme, $width px wide', async (look) => {
    const page = await open(look);
    const drawn = await charts(page);
    expect(drawn.map(({ id }) => id)).toEqual([
      'data-accuracy',
      'data-accuracy-held-out',
      'data-classified',
      'data-families',
      'data-births-and-deaths',
      'data-survival',
      'data-shared-with-final',
      'data-mutual-faithfulness',
      'data-step-overlap',
      'data-where-mlps',
      'data-where-heads',
      'data-faithfulness-heads',
      'data-faithfulness-neurons',
      'data-probe',
      'data-effect-agreement',
      'data-knockout-heuristics',
      'data-knockout-heuristics-by-step',
      'data-knockout-prompts',
      'data-knockout-prompts-by-step',
      'data-failure-neurons',
      'data-failure-logits',
      'data-where-time-went',
    ]);
    for (const { width, place, marks, label, theme } of drawn) {
      expect(width).toBeGreaterThan(place * 0.9);
      expect(width).toBeLessThan(place + 6);
      expect(marks).toBeGreaterThan(1);
      expect(label.length).toBeGreaterThan(30);
      expect(theme).toBe(look.colorScheme);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.width);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('changes the theme of page and charts by its button, by keyboard', async () => {
    const page = await open();
    const look = () =>
      page.evaluate(() => ({
        ground: getComputedStyle(document.body).backgroundColor,
        words: document.querySelector('[data-chart] svg .role-axis-label text')?.getAttribute('fill'),
      }));
    const light = await look();
    await page.focus('[data-toggle="theme"]');
    await page.keyboard.press('Enter');
    await settled(page, 'dark');
    const dark = await look();
    expect(dark.ground).not.toBe(light.ground);
    expect(dark.words).not.toBe(light.words);
    await page.keyboard.press('Enter');
    await settled(page, 'light');
    expect(await look()).toEqual(light);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('gives SVG, PNG and CSV of a figure', async () => {
    const page = await open({ colorScheme: 'dark' });
    const download = async (kind: string): Promise<Buffer> => {
      const started = page.waitForEvent('download');
      await page.click(`[data-save="${kind}"][data-of="data-classified"]`);
      const file = await started;
      expect(file.suggestedFilename()).toBe(`classified.${kind}`);
      return readFile(await file.path());
    };
    const svg = String(await download('svg'));
    expect(svg).toMatch(/^<svg [^]*<\/svg>$/);
    expect(svg).toContain('#ffffff');
    expect((await download('png')).subarray(1, 4).toString()).toBe('PNG');
    const csv = String(await download('csv'))
      .trim()
      .split('\r\n');
    expect(csv[0]).toMatch(/^suite,seed,step,preset,operator,/);
    expect(csv.length).toBeGreaterThan(8);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows the SQL and, on hover, the row', async () => {
    const page = await open();
    const details = page.locator('figure#accuracy details');
    await details.locator('summary').click();
    expect(await details.locator('code').allInnerTexts()).toEqual([
      expect.stringMatching(/^heuristrace query accuracy-by-step --param suite=toy --db /),
      expect.stringMatching(/^SELECT /),
    ]);
    await page.locator('#accuracy svg .mark-symbol path').nth(2).hover();
    const tooltip = page.locator('#vg-tooltip-element.visible');
    await tooltip.waitFor();
    expect(await tooltip.innerText()).toMatch(/operator\s+\+\s[^]*step\s+100\s[^]*accuracy\s+0\.500/);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('prints in light colours on A4', async () => {
    const page = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await settled(page, 'light');
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 4).toString()).toBe('%PDF');
    expect(faults).toEqual([]);
    await page.close();
  });

  it.each(['empty', 'evil'] as const)('shows a report of the database %s without harm', async (name) => {
    const page = await open({ name });
    expect(await page.locator('h1').innerText()).not.toBe('');
    expect(await page.locator('script').count()).toBe((await page.locator('script[type]').count()) + 2);
    expect(faults).toEqual([]);
    await page.close();
  });
});
