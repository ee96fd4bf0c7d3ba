import type { EngineName } from '../../src/model/engine-names.js';
import { nativePlaces } from '../../src/model/engine-places.js';

/** Whether a native engine is here. CI installs one (.ci/run): there, its absence fails the tests that need it. */
export const HAS_NATIVE = nativePlaces().length > 0 || process.env['CI'] !== undefined;

/** Engines that tests run on. */
export const PRESENT_ENGINES: readonly EngineName[] = [
  'wasm',
  'cpu',
  ...(HAS_NATIVE ? (['tensorflow'] as const) : []),
];
