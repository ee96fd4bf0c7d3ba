import { spawn } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrowserMissingError, PrintError } from '../errors/report-errors.js';
import { errnoOf } from '../files/write.js';

/** Programs that print, by the names that systems give them. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];
/** Where they are when no PATH leads to them. */
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** A page of many figures takes seconds; a browser that hangs takes for ever. */
const LONGEST_MS = 180_000;
const LAST_LINES = 5;

type Environment = Readonly<Record<string, string | undefined>>;

const runs = async (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** @throws BrowserMissingError */
async function findBrowser(env: Environment): Promise<string> {
  const named = env['HEURISTRACE_BROWSER'];
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = (name: string): string[] => folders.map((folder) => join(folder, name));
  const chosen = named === undefined || named === '' ? undefined : named;
  const candidates =
    chosen === undefined
      ? [...NAMES.flatMap(onPath), ...PLACES]
      : [chosen, ...(/[/\\]/.test(chosen) ? [] : onPath(chosen))];
  for (const candidate of candidates) if (await runs(candidate)) return candidate;
  throw new BrowserMissingError(chosen === undefined ? NAMES : [chosen]);
}

/** Runs the browser until it ends. @returns what it said on stderr, and how it ended */
function run(
  browser: string,
  args: readonly string[],
): Promise<{ readonly said: string; readonly code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(browser, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST_MS });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
    child.on('error', (error) => {
      resolve({ said: error.message, code: null });
    });
    child.on('close', (code) => {
      resolve({ said, code });
    });
  });
}

/**
 * Prints a page through the user's own Chrome or Chromium: the program that HEURISTRACE_BROWSER names, else the first found on
 * PATH. The page must need no script.
 * @returns the PDF
 * @throws BrowserMissingError, PrintError
 */
export async function printPdf({
  html,
  env = process.env,
}: {
  readonly html: string;
  readonly env?: Environment;
}): Promise<Uint8Array> {
  const browser = await findBrowser(env);
  const folder = await mkdtemp(join(tmpdir(), 'heuristrace-print-'));
  try {
    const page = join(folder, 'page.html');
    const pdf = join(folder, 'page.pdf');
    await writeFile(page, html);
    // Chrome refuses to run as root in its sandbox; the page has no script that it would have to be held in for.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const { said, code } = await run(browser, [
      '--headless',
      ...asRoot,
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--no-pdf-header-footer',
      `--print-to-pdf=${pdf}`,
      pathToFileURL(page).href,
    ]);
    const bytes = await readFile(pdf).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error;
      return null;
    });
    if (bytes?.subarray(0, 5).toString() === '%PDF-') return bytes;
    const last = said.trim().split('\n').slice(-LAST_LINES).join('\n');
    throw new PrintError(
      browser,
      last === '' && code !== null && code !== 0 ? `it ended with ${code}` : last,
    );
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
