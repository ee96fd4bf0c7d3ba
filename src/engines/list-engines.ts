import { totalmem } from 'node:os';
import { EngineError, HeuristraceError } from '../errors/errors.js';
import { liveTensors, startEngine } from '../model/engine.js';
import { ENGINES, type EngineName } from '../model/engine-names.js';
import { selfTest } from '../model/engine-self-test.js';
import { measureSgemm } from '../model/engine-speed.js';
import { loadedTensorflow } from '../model/engine-tensorflow.js';
import { verifyEngine } from './manifest.js';
import { runTool } from './run-tool.js';

/** An engine as this machine has it. What cannot be told is null. */
export interface EngineFacts {
  readonly name: EngineName;
  readonly version: string | null;
  /** What it computes on, in words. */
  readonly device: string | null;
  /** Measured on one product of two square matrices of `sgemmSize` rows, GFLOP/s. */
  readonly gigaflops: number | null;
  readonly sgemmSize: number;
  /** Most that tensors may take, bytes. */
  readonly memoryBytes: number | null;
  /** Folder of a native engine; null for those that come with heuristrace. */
  readonly folder: string | null;
  readonly origin: 'heuristrace' | 'package' | 'installed' | null;
  /** Why it cannot be used, and what to do; null when it can. */
  readonly problem: string | null;
}

/** Products large enough that their speed is the engine's; `cpu` would take minutes. */
const SGEMM_SIZES: Readonly<Record<EngineName, number>> = { tensorflow: 2048, wasm: 2048, cpu: 256 };
/** A WebAssembly memory of 32-bit addresses. */
const WASM_BYTES = 2 ** 32;

/**
 * Starts every engine, tests it and measures its speed; the process has the last one afterwards.
 * @param options.verify compare an installed engine with its checksums first
 */
export async function listEngines(options: { readonly verify: boolean }): Promise<EngineFacts[]> {
  const facts: EngineFacts[] = [];
  for (const name of ENGINES) facts.push(await describe(name, options.verify));
  return facts;
}

async function describe(name: EngineName, verify: boolean): Promise<EngineFacts> {
  const sgemmSize = SGEMM_SIZES[name];
  const unknown = {
    version: null,
    device: null,
    gigaflops: null,
    memoryBytes: null,
    folder: null,
    origin: null,
  };
  try {
    const { version } = await startEngine(name);
    const native = name === 'tensorflow' ? loadedTensorflow() : undefined;
    if (verify && native?.origin === 'installed') await verifyEngine(native.folder);
    selfTest(name);
    const before = liveTensors();
    const gigaflops = measureSgemm(sgemmSize);
    if (liveTensors() !== before) throw new EngineError(name, 'it does not free its tensors');
    const gpu = native?.usesGpu === true ? await gpuFacts() : null;
    return {
      name,
      version,
      device: gpu?.name ?? 'CPU',
      gigaflops,
      sgemmSize,
      memoryBytes: gpu === null ? memoryOf(name) : gpu.bytes,
      folder: native?.folder ?? null,
      origin: native?.origin ?? 'heuristrace',
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof HeuristraceError)) throw error;
    return { name, ...unknown, sgemmSize, problem: `${error.message}. ${error.next}` };
  }
}

/** Bytes that an engine can use of what a container may have, or the machine. */
export function memoryOf(name: EngineName): number {
  const limit = process.constrainedMemory();
  const machine = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return name === 'wasm' ? Math.min(WASM_BYTES, machine) : machine;
}

/** The first GPU, as NVIDIA's own tool tells it. */
export async function gpuFacts(): Promise<{ readonly name: string; readonly bytes: number | null }> {
  const args = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
  const { code, stdout } = await runTool({ command: 'nvidia-smi', args });
  const [name = '', mebibytes = ''] = (stdout.split('\n')[0] ?? '').split(',').map((part) => part.trim());
  if (code !== 0 || name === '') return { name: 'GPU', bytes: null };
  const bytes = Number(mebibytes) * 2 ** 20;
  return { name: `GPU ${name}`, bytes: Number.isFinite(bytes) ? bytes : null };
}
