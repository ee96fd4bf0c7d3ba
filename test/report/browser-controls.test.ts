import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { reportBrowser, settled, withoutBrowser } from './browser.js';

const { open, faults, close } = reportBrowser();
afterAll(close);

/** Presses a key at an element, as a reader without a pointer does, and waits for the charts. */
async function press(page: Page, selector: string, key = 'Enter'): Promise<void> {
  await page.focus(selector);
  await page.keyboard.press(key);
  await settled(page, 'light');
}

const words = (page: Page, figure: string, role: string): Promise<readonly string[]> =>
  page.$$eval(`figure#${figure} svg .${role} text`, (all) => all.map((text) => text.textContent));
const panels = (page: Page, figure: string): Promise<readonly string[]> =>
  words(page, figure, 'role-title-text');

async function download(page: Page, figure: string, kind: string): Promise<string> {
  const started = page.waitForEvent('download');
  await page.click(`[data-save="${kind}"][data-of="data-${figure}"]`);
  return readFile(await (await started).path(), 'utf8');
}

/** Values of a column of a CSV without quotes. */
function column(csv: string, name: string): Set<string | undefined> {
  const [head = '', ...rows] = csv.trim().split('\r\n');
  const place = head.split(',').indexOf(name);
  return new Set(rows.map((row) => row.split(',')[place]));
}

describe.skipIf(withoutBrowser)('the switches of the report', () => {
  it('show one operator in all charts, or some, or all again', async () => {
    const page = await open();
    expect(await panels(page, 'classified')).toEqual(['a + b', 'a * b']);
    await press(page, '.controls [data-operator="*"]');
    expect(await panels(page, 'classified')).toEqual(['a * b']);
    expect(await panels(page, 'where-mlps')).toContain('a * b');
    expect(await panels(page, 'where-mlps')).not.toContain('a + b');
    expect(column(await download(page, 'families', 'csv'), 'operator')).toEqual(new Set(['*']));
    const pressed = () =>
      page.$$eval('.controls [data-operator]', (all) =>
        all.map((button) => button.getAttribute('aria-pressed')),
      );
    expect(await pressed()).toEqual(['false', 'false', 'true']);
    await page.click('.controls [data-operator="+"]', { modifiers: ['Shift'] });
    await settled(page, 'light');
    expect(await panels(page, 'classified')).toEqual(['a + b', 'a * b']);
    await press(page, '.controls [data-operator=""]');
    expect(await pressed()).toEqual(['true', 'false', 'false']);
    expect(column(await download(page, 'families', 'csv'), 'operator')).toEqual(new Set(['+', '*']));
    expect(faults).toEqual([]);
    await page.close();
  });

  it('draw training on other axes', async () => {
    const page = await open();
    const choose = async (axis: string): Promise<void> => {
      await page.selectOption('[data-choose="axis"]', axis);
      await settled(page, 'light');
    };
    const titles = () => words(page, 'accuracy', 'role-axis-title');
    const labels = () => words(page, 'accuracy', 'role-axis-label');
    const places = () =>
      page.$$eval('figure#accuracy svg .mark-symbol.role-mark path', (all) =>
        all.map((path) => Number(/translate\(([^,]+)/.exec(path.getAttribute('transform') ?? '')?.[1])),
      );
    expect(await titles()).toContain('training step');
    const logarithmic = Math.max(...(await places()).filter((x, i) => i === 2).map((x) => x));
    await choose('linear');
    expect(await labels()).toEqual(expect.arrayContaining(['0', '500', '1,000']));
    const linear = await places();
    // Step 100 of 1,000 lies at a tenth of a linear axis.
    expect((linear[2] ?? 0) / Math.max(...linear)).toBeCloseTo(0.1, 2);
    expect(linear[2]).toBeLessThan(logarithmic);
    await choose('tokens');
    expect(await titles()).toContain('training tokens');
    expect(await labels()).toEqual(expect.arrayContaining(['0', '100M', '1B']));
    expect(await words(page, 'survival', 'role-axis-title')).toContain('training steps since birth');
    const svg = await download(page, 'accuracy', 'svg');
    expect(svg).toContain('>training tokens<');
    expect(svg).toContain('>100M<');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('show an entry of a legend alone, by keyboard', async () => {
    const page = await open();
    const plus = '#families .picks [data-key="operator=+"]';
    await press(page, plus);
    const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset['key']);
    expect(await focused()).toBe('operator=+');
    expect(await page.getAttribute(plus, 'aria-pressed')).toBe('true');
    expect(column(await download(page, 'families', 'csv'), 'operator')).toEqual(new Set(['+']));
    expect(column(await download(page, 'classified', 'csv'), 'operator')).toEqual(new Set(['+', '*']));
    const svg = await download(page, 'families', 'svg');
    expect(svg).toContain('>a + b<');
    expect(svg).not.toContain('>a * b<');
    await press(page, plus);
    expect(await page.getAttribute(plus, 'aria-pressed')).toBe('false');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('show a panel alone, and beside others', async () => {
    const page = await open();
    const all = await panels(page, 'families');
    expect(all.length).toBeGreaterThan(2);
    await page.click('#families .picks [data-key="family=range"]');
    await settled(page, 'light');
    expect(await panels(page, 'families')).toEqual(all.slice(0, 1));
    await page.click('#families .picks [data-key="family=range"]');
    await settled(page, 'light');
    expect(await panels(page, 'families')).toEqual(all);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('slide through the steps of a heat map', async () => {
    const page = await open();
    const steps = async () => (await panels(page, 'where-mlps')).filter((text) => /^[\d,]+$/.test(text));
    const strip = await steps();
    expect(strip.length).toBeGreaterThan(1);
    await press(page, '#where-mlps input', 'ArrowLeft');
    const [step] = await steps();
    expect(await steps()).toHaveLength(1);
    expect(await page.innerText('#where-mlps output')).toBe(step);
    expect(await page.getAttribute('#where-mlps input', 'aria-valuetext')).toBe(step);
    expect(column(await download(page, 'where-mlps', 'csv'), 'step')).toEqual(
      new Set([step?.replace(',', '')]),
    );
    await press(page, '#where-mlps .slider button');
    expect(await steps()).toEqual(strip);
    expect(faults).toEqual([]);
    await page.close();
  });
});
