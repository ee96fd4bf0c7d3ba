import { mkdir, statfs } from 'node:fs/promises';
import { DiskBudgetError } from '../../errors/hub-errors.js';
import { writeFailure } from '../../files/write.js';

/** Left free for the database and everyone else. */
const SPARE_BYTES = 64 << 20;

/** Bytes that this user may still write below a folder, which is made when missing. @throws UnwritableError, DiskFullError */
export async function freeBytes(folder: string): Promise<number> {
  try {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    return writeFailure(folder, error);
  }
}

/**
 * Refuses a download that the disk cannot take.
 * @param params.spareBytes kept free, default 64 MiB
 * @throws DiskBudgetError before a byte is fetched
 */
export async function checkDiskSpace(params: {
  readonly folder: string;
  readonly neededBytes: number;
  readonly spareBytes?: number | undefined;
}): Promise<void> {
  const { folder, neededBytes, spareBytes = SPARE_BYTES } = params;
  if (neededBytes === 0) return;
  const available = Math.max(0, (await freeBytes(folder)) - spareBytes);
  if (neededBytes > available) throw new DiskBudgetError('disk', neededBytes, available, folder);
}
