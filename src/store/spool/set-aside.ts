import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { writeFailure } from '../../files/write.js';
import { ASIDE } from './layout.js';

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
