/**
 * Holds the native engine on a GPU against wasm, and measures it: node --import ./bench/typescript.js bench/gpu.ts
 * Ends with 0 and says so where there is no GPU, with 1 when values differ. HEURISTRACE_TF32=1 shows what TF32 changes.
 */
import { layerIndex } from '../src/domain/ids.js';
import type { ModelConfig } from '../src/domain/model-config.js';
import { HeuristraceError } from '../src/errors/errors.js';
import { listEngines } from '../src/engines/list-engines.js';
import { startEngine } from '../src/model/engine.js';
import type { EngineName } from '../src/model/engine-names.js';
import { loadTensorflow } from '../src/model/engine-tensorflow.js';
import { measureSgemm } from '../src/model/engine-speed.js';
import type { PromptTokens } from '../src/model/prompt-tokens.js';
import { loadModel } from '../src/model/load-model.js';
import { universePass } from '../src/model/universe-pass.js';
import { attributeNeurons } from '../src/patching/attribution.js';
import { buildUniverse } from '../src/prompts/universe.js';
import { randomWeights } from '../test/support/models.js';
import { SHAPES } from './suite/shapes.js';

/** Pythia-70m's, but for the vocabulary: numbers up to 198 and the rest of a prompt. */
const SHAPE: ModelConfig = { ...SHAPES['pythia-70m'], dVocab: 205 };
const TOKENS: PromptTokens = {
  bos: 0,
  numbers: Int32Array.from({ length: 199 }, (_, n) => n + 1),
  operators: { '+': 200, '-': 201, '*': 202, '/': 203 },
  equals: 204,
};
const UNIVERSE = buildUniverse('+', 100, 198);
const LAYERS = [layerIndex(3), layerIndex(5)];
const BATCHES = [512, 2048, 8192];
const SIZES = [1024, 2048, 4096, 8192];
/** Float32 sums in another order over six layers, relative to the largest value. */
const TOLERANCE = 1e-4;

interface Values {
  readonly maps: Float32Array;
  readonly effects: Float32Array;
  readonly rates: readonly string[];
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function valuesOn(engine: EngineName, batches: readonly number[]): Promise<Values> {
  await startEngine(engine);
  const { model, dispose } = loadModel(SHAPE, randomWeights(SHAPE, 1, 0.02));
  let maps: Float32Array = new Float32Array();
  const rates: string[] = [];
  for (const batch of batches) {
    await universePass(model, TOKENS, buildUniverse('+', 20, 38), { layers: LAYERS, batch }); // warms up
    const start = performance.now();
    maps = (await universePass(model, TOKENS, UNIVERSE, { layers: LAYERS, batch })).activations;
    const seconds = (performance.now() - start) / 1000;
    rates.push(`${Math.round(UNIVERSE.count / seconds)} prompts/s in batches of ${batch}`);
  }
  const pair = {
    clean: { operator: '+', op1: 12, op2: 30, answer: 42 },
    corrupted: { operator: '+', op1: 71, op2: 8, answer: 79 },
  } as const;
  const [layer] = await attributeNeurons(model, TOKENS, [pair], { layers: LAYERS.slice(0, 1) });
  dispose();
  return { maps, effects: layer?.effects ?? new Float32Array(), rates };
}

/** Largest difference in units of the largest value. */
function difference(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0) / scale;
}

/** @returns the exit code */
async function main(): Promise<number> {
  const native = await loadTensorflow().catch((error: unknown) => {
    if (error instanceof HeuristraceError) return error;
    throw error;
  });
  if (native instanceof HeuristraceError || !native.usesGpu) {
    say(
      `no GPU here, nothing measured (${native instanceof Error ? native.message : 'tensorflow runs on the CPU'})`,
    );
    if (process.argv[2] !== 'any') return 0;
  }
  for (const { name, version, device, memoryBytes, problem } of await listEngines({ verify: false }))
    say(problem ?? `${name} ${version ?? '?'} on ${device ?? '?'}, memory ${memoryBytes ?? '?'} bytes`);
  await startEngine('tensorflow');
  for (const size of SIZES) say(`sgemm ${size}: ${measureSgemm(size).toFixed(0)} GFLOP/s`);
  const own = await valuesOn('tensorflow', BATCHES);
  for (const rate of own.rates) say(`tensorflow: ${rate}`);
  const reference = await valuesOn('wasm', BATCHES.slice(0, 1));
  for (const rate of reference.rates) say(`wasm: ${rate}`);
  const differences = {
    maps: difference(own.maps, reference.maps),
    attribution: difference(own.effects, reference.effects),
  };
  for (const [what, value] of Object.entries(differences))
    say(`${what}: largest difference from wasm ${value.toExponential(1)} of the largest value`);
  const same = Object.values(differences).every((value) => value <= TOLERANCE);
  say(same ? 'the values agree' : `the values differ by more than ${TOLERANCE}`);
  return same ? 0 : 1;
}

process.exitCode = await main();
