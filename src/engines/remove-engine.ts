import { stat } from 'node:fs/promises';
import { installedFolder } from '../model/engine-places.js';
import { readManifest } from './manifest.js';
import type { EngineDevice } from './requirements.js';
import { removeWhole } from './stage-folder.js';

/**
 * Removes what `installEngine` made, for both devices.
 * @returns the folders removed and the bytes that they held, as their manifests say
 * @throws UnwritableError
 */
export async function removeEngine(): Promise<{
  readonly folders: readonly string[];
  readonly bytes: number;
}> {
  const folders: string[] = [];
  let bytes = 0;
  for (const device of ['cpu', 'cuda'] as const satisfies readonly EngineDevice[]) {
    const folder = installedFolder(device);
    bytes += await installedBytes(folder);
    if (await removeWhole(folder)) folders.push(folder);
  }
  return { folders, bytes };
}

/** Bytes of an installed engine, as its manifest says; 0 where there is none. */
export async function installedBytes(folder: string): Promise<number> {
  const there = await stat(folder).catch(() => null);
  if (there === null) return 0;
  const manifest = await readManifest(folder).catch(() => null);
  return Object.values(manifest?.files ?? {}).reduce((sum, { bytes }) => sum + bytes, 0);
}
