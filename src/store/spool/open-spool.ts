import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { randomUUID } from 'node:crypto';
import { writeFailure } from '../../files/write.js';
import type { DamagedBatch, SpooledBatch } from './batch.js';
import type { UnitState } from '../stored-units.js';
import { ASIDE } from './layout.js';
import type { SpoolManifest } from './manifest.js';
import { scanSpool } from './scan-spool.js';
import { removeLeftBehind } from './staging.js';

/** A spool that this process adds to. */
export interface Spool {
  readonly folder: string;
  /** Whole batches that were there when it was opened. */
  readonly batches: readonly SpooledBatch[];
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

/** Moves a batch out of the data, to be looked at, and frees its name. @throws UnwritableError, DiskFullError */
export function setAside(spool: string, folder: string): void {
  const place = join(spool, ASIDE, `${relative(spool, folder)}.${randomUUID().slice(0, 8)}`);
  try {
    mkdirSync(dirname(place), { recursive: true });
    renameSync(folder, place);
  } catch (error) {
    if (existsSync(folder)) writeFailure(place, error); // else another process has just set it aside
  }
}

/**
 * Opens a spool to add to it: removes what killed writers left, checks every file, sets damaged batches aside.
 * A spool that does not exist is empty, and made with the first batch.
 * @throws UnwritableError, DiskFullError
 */
export async function openSpool(folder: string): Promise<Spool> {
  removeLeftBehind(folder);
  const { batches, damaged } = await scanSpool(folder);
  for (const { folder: bad } of damaged) setAside(folder, bad);
  const units: Spool['units'] = new Map();
  for (const batch of batches) noteUnits(units, batch);
  return { folder, batches, damaged, units };
}
