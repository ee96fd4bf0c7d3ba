import { openSafetensors } from '../../src/weights/safetensors.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';

/** Absolute path of a file of the project. */
export function projectPath(relative: string): string {
  return new URL(`../../${relative}`, import.meta.url).pathname;
}

/** All tensors of a safetensors file, by name. */
export async function readAll(path: string): Promise<Map<string, RawTensor>> {
  const file = await openSafetensors(path);
  try {
    const tensors = new Map<string, RawTensor>();
    for (const name of file.header.tensors.keys()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}
