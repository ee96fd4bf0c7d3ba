import { programVersion } from '../../src/files/package.js';
import type { SpooledBatch } from '../../src/store/spool/batch.js';
import { openSpool } from '../../src/store/spool/open-spool.js';
import { spoolBatch } from '../../src/store/spool/spool-batch.js';
import { madeUpSweep } from './made-up-sweep.js';
import type { ScaleShape } from './shape.js';

/** Writes a made-up sweep as a real one is written. @returns the batches in the order of training */
export async function writeMadeUpSpool({
  folder,
  shape,
}: {
  readonly folder: string;
  readonly shape: ScaleShape;
}): Promise<SpooledBatch[]> {
  const spool = await openSpool(folder);
  const batches: SpooledBatch[] = [];
  for (const batch of madeUpSweep(shape)) {
    const spooled = await spoolBatch({ spool, batch, programVersion: programVersion() });
    if (spooled !== null) batches.push(spooled);
  }
  return batches;
}
