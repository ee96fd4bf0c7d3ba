import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Found } from '../results.js';
import { runTask } from '../run-task.js';
import { ScaleFigures } from '../scale/figures.js';

/**
 * A sweep as large as Pythia-6.9b's, made up, on its way from the spool to the report: rates, sizes, and how long every
 * named query takes.
 */
export async function scalePart({ smoke }: { readonly smoke: boolean }): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'heuristrace-bench-'));
  try {
    const figures = {};
    for (const stage of ['spool', 'ingest', 'queries', 'report'])
      Object.assign(figures, await runTask('scale', { folder, size: smoke ? 'small' : 'full', stage }));
    return { part: 'scale', ...ScaleFigures.parse(figures) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
