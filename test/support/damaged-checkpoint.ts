import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { encodeSafetensors } from '../../src/weights/safetensors.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { projectPath, readAll } from './fixtures.js';
import { scratchFolder } from './scratch.js';

/** A copy of a good checkpoint to damage. @param fixture folder in test/fixtures */
export function copyOf(fixture: string): string {
  const folder = scratchFolder();
  cpSync(projectPath(`test/fixtures/${fixture}`), folder, { recursive: true });
  return folder;
}

/** Changes a checkpoint's tensors on disk. */
export async function rewrite(
  folder: string,
  change: (tensors: Map<string, RawTensor>) => void,
): Promise<void> {
  const path = join(folder, 'model.safetensors');
  const tensors = await readAll(path);
  change(tensors);
  writeFileSync(path, encodeSafetensors(tensors, 'F32', {}));
}

/** Content of config.json as an object. @param folder holds it */
export function configJson(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
}

/** What loading a folder throws; undefined when it loads. */
export async function failureOf(folder: string, hash?: string): Promise<unknown> {
  return loadCheckpoint(folder, 'suite.json', hash === undefined ? {} : { 'model.safetensors': hash }).then(
    () => undefined,
    (error: unknown) => error,
  );
}
