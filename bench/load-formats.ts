/**
 * Seconds from the bytes of a checkpoint on disk to tensors in the wasm engine, by format: a GPT-NeoX of the shape of
 * Pythia-410m cut to 12 layers, 1.02 GB of float32 in the engine. The files have just been written, so they come from
 * the system's cache. The time of verifying sha256 comes first and is shown apart; the processor's time of the loading
 * says what other programs took from it. GB/s are those of float32 in the engine, by the clock.
 * node --import ./bench/typescript.js bench/load-formats.ts [rounds] [layers]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { ModelConfig } from '../src/domain/model-config.js';
import { writeCheckpoint, type StoredFormat } from './load/write-checkpoint.js';
import { runProcess } from './run-process.js';

const [rounds = '3', layers = '12'] = process.argv.slice(2);
const FORMATS: readonly StoredFormat[] = [
  { format: 'safetensors', dtype: 'F32', shards: 1 },
  { format: 'safetensors', dtype: 'F16', shards: 1 },
  { format: 'safetensors', dtype: 'BF16', shards: 1 },
  { format: 'safetensors', dtype: 'F16', shards: 4 },
  { format: 'bin', dtype: 'F32', shards: 1 },
  { format: 'bin', dtype: 'F16', shards: 1 },
  { format: 'bin', dtype: 'F16', shards: 4 },
];
const CONFIG: ModelConfig = {
  architecture: 'gpt_neox',
  ...{
    nLayers: Number(layers),
    dModel: 1024,
    nHeads: 16,
    nKvHeads: 16,
    dHead: 64,
    dMlp: 4096,
    dVocab: 50_304,
  },
  ...{ rotaryDims: 16, rotaryBase: 10_000, rotaryScaling: null, eps: 1e-5 },
  ...{ gated: false, tied: false, attentionBias: true, mlpBias: true },
};
const Loaded = z.object({
  hashSeconds: z.number(),
  loadSeconds: z.number(),
  loadCpuSeconds: z.number(),
  engineBytes: z.number(),
  peakBytes: z.number(),
});
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const loader = pathToFileURL(here('typescript.js')).href;

async function load(folder: string): Promise<z.infer<typeof Loaded>> {
  const args = ['--import', loader, here('load/load-checkpoint.ts'), folder];
  return Loaded.parse(JSON.parse(await runProcess({ command: process.execPath, args })));
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const print = (cells: readonly string[]): void => {
  process.stdout.write(
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(12))).join('')}\n`,
  );
};

print(['format', 'on disk', 'sha256', 'load', 'CPU', 'GB/s', 'beyond model']);
for (const stored of FORMATS) {
  const folder = await mkdtemp(join(tmpdir(), 'heuristrace-bench-'));
  try {
    const bytes = await writeCheckpoint(folder, CONFIG, stored);
    const runs: z.infer<typeof Loaded>[] = [];
    for (let round = 0; round < Number(rounds); round++) runs.push(await load(folder));
    const of = (key: keyof z.infer<typeof Loaded>): number => median(runs.map((run) => run[key]));
    const { format, dtype, shards } = stored;
    print([
      `${format} ${dtype}${shards > 1 ? `, ${shards} shards` : ''}`,
      `${(bytes / 1e9).toFixed(2)} GB`,
      `${of('hashSeconds').toFixed(2)} s`,
      `${of('loadSeconds').toFixed(2)} s`,
      `${of('loadCpuSeconds').toFixed(2)} s`,
      (of('engineBytes') / of('loadSeconds') / 1e9).toFixed(2),
      `${((of('peakBytes') - of('engineBytes')) / 1e6).toFixed(0)} MB`,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
