import { HeuristraceError } from './errors.js';

/** There is no browser that could print a page. */
export class BrowserMissingError extends HeuristraceError {
  constructor(
    /** What was looked for. */
    readonly looked: readonly string[],
  ) {
    super(
      'browserMissing',
      `a PDF is printed by Chrome or Chromium, and there is none (looked for ${looked.join(', ')})`,
      'Install one, name its program in HEURISTRACE_BROWSER, or write --format html and print that page.',
    );
  }
}

/** The browser ended without a PDF. */
export class PrintError extends HeuristraceError {
  constructor(
    readonly browser: string,
    /** What it said last. */
    readonly detail: string,
  ) {
    super(
      'print',
      `${browser} printed no PDF${detail === '' ? '' : `:\n${detail}`}`,
      'Name another browser in HEURISTRACE_BROWSER, or write --format html and print that page.',
    );
  }
}
