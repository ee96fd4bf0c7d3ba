import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { CHECKPOINT_FILES } from '../../src/weights/checkpoint.js';
import { formatModelConfig } from '../../src/weights/config-json.js';
import { bytesOf, type Filled, type FloatDtype } from './filler.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchFile } from './write-torch.js';

/** How weights are stored. */
export interface StoredFormat {
  readonly format: 'safetensors' | 'bin';
  readonly dtype: FloatDtype;
  readonly shards: number;
}

const FORMATS = {
  safetensors: { stem: 'model', ending: '.safetensors', write: writeSafetensors },
  bin: { stem: 'pytorch_model', ending: '.bin', write: writeTorchFile },
} as const;

/** Writes a checkpoint of random weights. @returns bytes of its weight files' tensors */
export async function writeCheckpoint(
  folder: string,
  config: ModelConfig,
  { format, dtype, shards }: StoredFormat,
): Promise<number> {
  const { stem, ending, write } = FORMATS[format];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, CHECKPOINT_FILES.config), formatModelConfig(config, 0));
  const tensors = weightSpecs(config).map(({ stored, storedShape }) => ({
    name: stored,
    shape: storedShape,
  }));
  const total = tensors.reduce((sum, tensor) => sum + bytesOf(tensor, dtype), 0);
  const parts = inParts(tensors, dtype, total, shards);
  const number = (n: number): string => String(n).padStart(5, '0');
  const nameOf = (i: number): string =>
    shards === 1 ? `${stem}${ending}` : `${stem}-${number(i + 1)}-of-${number(parts.length)}${ending}`;
  for (const [i, part] of parts.entries()) await write(join(folder, nameOf(i)), part, dtype);
  if (shards > 1) {
    const map = parts.flatMap((part, i) => part.map(({ name }) => [name, nameOf(i)] as const));
    const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
    await writeFile(join(folder, `${stem}${ending}.index.json`), JSON.stringify(index));
  }
  return total;
}

/** Tensors in their order, in parts of about the same size. */
function inParts(tensors: readonly Filled[], dtype: FloatDtype, total: number, count: number): Filled[][] {
  const parts: Filled[][] = Array.from({ length: count }, () => []);
  let before = 0;
  for (const tensor of tensors) {
    parts[Math.min(count - 1, Math.floor((count * before) / total))]?.push(tensor);
    before += bytesOf(tensor, dtype);
  }
  return parts.filter((part) => part.length > 0);
}
