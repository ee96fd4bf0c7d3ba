import { mkdirSync } from 'node:fs';
import { writeFailure } from '../../files/write.js';
import type { SpooledAudit } from './audit.js';
import type { DamagedBatch, SpooledBatch } from './batch.js';
import type { UnitState } from '../stored-units.js';
import type { SpoolManifest } from './manifest.js';
import { scanSpool } from './scan-spool.js';
import { setAside } from './set-aside.js';
import { removeLeftBehind } from './staging.js';

/** A spool that this process adds to. */
export interface Spool {
  readonly folder: string;
  /** Whole batches that were there when it was opened. */
  readonly batches: readonly SpooledBatch[];
  /** Whole audits that were there when it was opened. */
  readonly audits: readonly SpooledAudit[];
  /** What was damaged when it was opened, and is set aside now. */
  readonly damaged: readonly DamagedBatch[];
  /** State of every unit in whole batches, by id; kept up as batches are added. */
  readonly units: Map<string, UnitState>;
}

/** What a manifest says of a unit. */
function unitState({ state, failure }: SpoolManifest['units'][number]): UnitState {
  return state === 'done' ? 'done' : (failure ?? { kind: '', error: '' });
}

export function noteUnits(units: Spool['units'], { manifest }: SpooledBatch): void {
  for (const unit of manifest.units)
    if (units.get(unit.unitId) !== 'done') units.set(unit.unitId, unitState(unit));
}

/** Makes the folder of a spool where there is none. @throws UnwritableError, DiskFullError */
export function makeSpool(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    writeFailure(folder, error);
  }
}

/**
 * Opens a spool to add to it: removes what killed writers left, checks every file, sets damaged batches aside.
 * A spool that does not exist is empty, and made with the first batch.
 * @param options.verify false: the files are taken to be what the manifests say
 * @throws UnwritableError, DiskFullError, UnreadableError
 */
export async function openSpool(folder: string, { verify = true } = {}): Promise<Spool> {
  removeLeftBehind(folder);
  const { batches, audits, damaged } = await scanSpool(folder, { verify });
  for (const { folder: bad } of damaged) setAside(folder, bad);
  const units: Spool['units'] = new Map();
  for (const batch of batches) noteUnits(units, batch);
  return { folder, batches, audits, damaged, units };
}
