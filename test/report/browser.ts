import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { writeReport } from '../../src/report/write-report.js';
import { databases, type DatabaseName } from './databases.js';

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
export const withoutBrowser = executablePath === undefined && process.env['CI'] === undefined;
if (withoutBrowser) process.stderr.write(`skipped: ${WHY}\n`);

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

export interface Look {
  readonly name?: DatabaseName;
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Waits until all charts are drawn in a theme. */
export const settled = (page: Page, theme: string): Promise<unknown> =>
  page.waitForFunction((wanted) => document.documentElement.dataset['ready'] === wanted, theme);

/** Reports of the test databases in a browser, each written when first opened. */
export function reportBrowser(): {
  /** Opens a report when its charts are drawn. */
  readonly open: (look?: Look) => Promise<Page>;
  /** What the console, dialogs and requests of the page opened last say is wrong. */
  readonly faults: readonly string[];
  /** Names of the charts that the report has. */
  readonly charts: (name: DatabaseName) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
} {
  const { folder, database, remove } = databases();
  const faults: string[] = [];
  let browser: Promise<Browser> | undefined;
  const written = new Map<DatabaseName, ReturnType<typeof writeReport>>();
  const report = (name: DatabaseName): ReturnType<typeof writeReport> => {
    const known =
      written.get(name) ??
      database(name).then((db) => writeReport({ db, out: join(folder, `${name}.html`) }));
    written.set(name, known);
    return known;
  };
  const launch = (): Promise<Browser> => {
    if (executablePath === undefined) throw new Error(WHY);
    return chromium.launch({ executablePath, args: ARGS });
  };
  return {
    faults,
    charts: async (name) => (await report(name)).figures,
    open: async ({ name = 'whole', colorScheme = 'light', width = 1280 } = {}) => {
      browser ??= launch();
      const { path } = await report(name);
      const page = await (await browser).newPage({ colorScheme, viewport: { width, height: 900 } });
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
      await page.goto(pathToFileURL(path).href);
      await settled(page, colorScheme);
      return page;
    },
    close: async () => {
      await (await browser)?.close();
      remove();
    },
  };
}
