import { open } from 'node:fs/promises';

/** Waits until a file, or the names in a folder, are on the disk: a rename may otherwise outlive what it named. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
