import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { EngineDamagedError } from '../errors/engine-errors.js';

/** Name of the file that says what an engine's folder holds; written last, so that a folder with it is whole. */
export const MANIFEST = 'engine.json';

const ENGINE_MANIFEST = z.object({
  engine: z.literal('tensorflow'),
  version: z.string(),
  device: z.enum(['cpu', 'cuda']),
  tfjsNode: z.string(),
  /** Program that installed it, and when (ISO 8601). */
  program: z.string(),
  installedAt: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.int().nonnegative(), sha256: z.string() })),
});
export type EngineManifest = z.infer<typeof ENGINE_MANIFEST>;

/**
 * @param left names at the top of the folder that are no part of the engine
 * @returns the files of an engine, by path below `folder`, with size and sha256
 */
export async function describeFiles(
  folder: string,
  left: readonly string[],
): Promise<EngineManifest['files']> {
  const files: EngineManifest['files'] = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) {
    const name = relative(folder, path);
    if (!left.includes(name)) files[name] = { bytes: (await stat(path)).size, sha256: await sha256(path) };
  }
  return files;
}

/** @throws EngineDamagedError when there is no manifest, or none that can be read */
export async function readManifest(folder: string): Promise<EngineManifest> {
  try {
    return ENGINE_MANIFEST.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
  } catch {
    throw new EngineDamagedError(folder, [MANIFEST]);
  }
}

/**
 * Compares every file of an engine with what was installed. Reads all of it: seconds.
 * @throws EngineDamagedError naming the files that are missing or changed
 */
export async function verifyEngine(folder: string): Promise<EngineManifest> {
  const manifest = await readManifest(folder);
  const differing: string[] = [];
  for (const [name, { bytes, sha256: wanted }] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    const size = await stat(path).then(
      (found) => found.size,
      () => null,
    );
    if (size !== bytes || (await sha256(path)) !== wanted) differing.push(name);
  }
  if (differing.length > 0) throw new EngineDamagedError(folder, differing);
  return manifest;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
