import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { afterAll, describe, expect, it } from 'vitest';
import { reportBrowser, settled, withoutBrowser } from './browser.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const { open, faults, close } = reportBrowser();
afterAll(close);

describe.skipIf(withoutBrowser)('the report for every reader', () => {
  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('has no fault that axe finds, $colorScheme, $width px wide', async (look) => {
    const page = await open(look);
    await page.evaluate(axe);
    const found = await page.evaluate<AxeResults>('axe.run()');
    expect(found.passes.length).toBeGreaterThan(20);
    expect(found.violations.map(({ id, impact, nodes }) => [id, impact, nodes[0]?.html])).toEqual([]);
    await page.close();
  });

  it('can be walked through by Tab: theme, sections, switches, then figure by figure', async () => {
    const page = await open();
    const stops: string[] = [];
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      stops.push(
        await page.evaluate(() => {
          const at = document.activeElement as HTMLElement;
          const figure = at.closest('figure')?.id;
          return (
            figure ??
            (at.closest('nav') ? 'nav' : at.closest('.controls') ? 'controls' : (at.dataset['toggle'] ?? ''))
          );
        }),
      );
    }
    const order = stops.filter((stop, i) => stop !== stops[i - 1]);
    expect(order.slice(0, 5)).toEqual(['theme', 'nav', 'controls', 'accuracy', 'accuracy-held-out']);
    await page.close();
  });

  it('prints in light colours on A4, without its tools', async () => {
    const page = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await settled(page, 'light');
    const look = await page.evaluate(() => ({
      tools: [...document.querySelectorAll('.tools, .controls, .picks, nav, .slider')].filter(
        (element) => element.getClientRects().length > 0,
      ).length,
      widest: Math.max(
        ...[...document.querySelectorAll('[data-chart] svg')].map((svg) => Number(svg.getAttribute('width'))),
      ),
      whole: [...document.querySelectorAll('figure:has([data-chart])')].every(
        (figure) => getComputedStyle(figure).breakInside === 'avoid',
      ),
    }));
    expect(look).toMatchObject({ tools: 0, whole: true });
    expect(look.widest).toBeLessThanOrEqual(690);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 4).toString()).toBe('%PDF');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('says so where the browser cannot unpack the data', async () => {
    const page = await open();
    await page.addInitScript(() => Reflect.deleteProperty(window, 'DecompressionStream'));
    await page.reload();
    const note = page.getByText('This browser is too old to unpack the data of this page');
    await note.waitFor();
    expect(await page.$$eval('[data-chart] svg', (charts) => charts.length)).toBe(0);
    expect(await page.locator('.summary li').count()).toBeGreaterThan(3);
    await page.close();
  });

  it('draws for paper before the print begins', async () => {
    const page = await open({ colorScheme: 'dark' });
    const themes = await page.evaluate(async () => {
      window.dispatchEvent(new Event('beforeprint'));
      // What is drawn in the same turn of the loop is on the paper.
      for (let i = 0; i < 5000; i++) await Promise.resolve();
      return [...document.querySelectorAll<HTMLElement>('[data-chart]')].map((host) => host.dataset['drawn']);
    });
    expect(new Set(themes)).toEqual(new Set(['light']));
    await page.close();
  });
});
