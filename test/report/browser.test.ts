import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/report/content/definition.js';
import { TREND_REPORT } from '../../src/report/write-report.js';
import { reportBrowser, settled, withoutBrowser } from './browser.js';

const { open, faults, charts: figuresOf, close } = reportBrowser();
afterAll(close);

describe.skipIf(withoutBrowser)('the report in a browser', () => {
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
    { colorScheme: 'light', width: 390 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('draws every chart in its place, $colorScheme, $width px wide', async (look) => {
    const page = await open(look);
    const drawn = await charts(page);
    const known = new Set(await figuresOf('whole'));
    const { figures } = await loadDefinition(TREND_REPORT);
    const expected = figures.filter(({ name, chart }) => chart !== null && known.has(name));
    expect(expected.length).toBeGreaterThan(20);
    expect(drawn.map(({ id }) => id)).toEqual(expected.map(({ name }) => `data-${name}`));
    for (const { width, place, marks, label, theme } of drawn) {
      // A lone panel is not stretched over the page; on a phone a chart may scroll in its place.
      expect(width).toBeGreaterThan(place * 0.4);
      if (look.width > 600) expect(width).toBeLessThanOrEqual(place);
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
      expect.stringMatching(/^SELECT [^]*'toy'[^]*;$/),
    ]);
    await page.locator('#accuracy svg .mark-symbol path').nth(2).hover();
    const tooltip = page.locator('#vg-tooltip-element.visible');
    await tooltip.waitFor();
    expect(await tooltip.innerText()).toMatch(/operator\s+\+\s[^]*step\s+100\s[^]*accuracy\s+0\.500/);
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

  it('writes names that are markup into an SVG as text', async () => {
    const page = await open({ name: 'evil' });
    const started = page.waitForEvent('download');
    await page.click('[data-save="svg"][data-of="data-families"]');
    const svg = await readFile(await (await started).path(), 'utf8');
    const elements = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      return [...parsed.querySelectorAll('*')].map(({ localName }) => localName);
    }, svg);
    const drawn = ['svg', 'rect', 'g', 'path', 'text', 'line', 'defs', 'clipPath', 'linearGradient', 'stop'];
    expect(elements.filter((name) => !drawn.includes(name))).toEqual([]);
    expect(elements.length).toBeGreaterThan(20);
    expect(faults).toEqual([]);
    await page.close();
  });
});
