import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { PROMPT_LENGTH } from '../../src/domain/prompt.js';
import { ENGINES } from '../../src/model/engine-names.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { loadModel } from '../../src/model/load-model.js';
import type { Model } from '../../src/model/model.js';
import { scoped } from '../../src/model/scope.js';
import { randomWeights } from '../suite/planted.js';
import { SHAPES } from '../suite/shapes.js';
import { median } from '../results.js';

const Options = z.object({
  engine: z.enum(ENGINES),
  shape: z.enum(Object.keys(SHAPES)),
  /** Blocks, at most; the rate is the same for more. */
  layers: z.number(),
  prompts: z.number(),
  repeats: z.number(),
  /** Side of the large square product. */
  side: z.number(),
});

/** Tokens of a prompt that are computed; the others are its prefix. */
const COMPUTED = 2;
/** Prompts one after the other that share an op1, and with it the prefix (BOS, op1, operator): those of `+` below 300. */
const SHARING = 300;
/** Embedding and unembedding are no part of the body. */
const VOCABULARY = 64;
/** What `tf.profile` calls functions with a gradient of their own; their operations are listed beside them. */
const SCOPE = 'unnamed scope';
/** Operations that move nothing. */
const FREE = new Set(['Reshape', 'Identity']);

/**
 * Rate of the body of a forward pass as the pass over a universe runs it, against the engine's rate at the very
 * products that it makes, and what the rest of the time goes to.
 */
export async function forwardRate(given: unknown): Promise<object> {
  const { engine, shape, layers, prompts, repeats, side } = Options.parse(given);
  await startEngine(engine);
  const whole: ModelConfig | undefined = Object.entries(SHAPES).find(([name]) => name === shape)?.[1];
  if (whole === undefined) throw new Error(`there is no shape ${shape}`);
  const config = { ...whole, nLayers: Math.min(layers, whole.nLayers), dVocab: VOCABULARY };
  const { model, dispose } = loadModel(config, randomWeights(config, 0));
  const body = openBody(model, prompts);
  const profile = await tf.profile(() => {
    body.run();
  });
  const kernels = profile.kernels.filter(({ name }) => name !== SCOPE && !FREE.has(name));
  const products = kernels.flatMap(({ name, inputShapes }) => {
    const product = name.endsWith('MatMul') ? productOf(inputShapes) : null;
    // Smaller ones, rotations and one-hot rows, are no part of the body's FLOP.
    return product === null || Math.min(product.k, product.n) < config.dModel ? [] : [product];
  });
  const distinctProducts = distinct(products).map((size) => ({ size, product: openProduct(size) }));
  // In turns: the processor's clock moves by a factor of two from one second to the next where others use it too.
  const works = [body, ...distinctProducts.map(({ product }) => product)].map(({ run }) => run);
  const [seconds = NaN, ...alones] = timedInTurns(works, repeats);
  const sizes = distinctProducts.map(({ size }, i) => ({ ...size, seconds: alones[i] ?? NaN }));
  for (const { product } of distinctProducts) product.dispose();
  body.dispose();
  dispose();
  const flop = products.reduce((sum, product) => sum + flopOf(product), 0);
  const alone = sizes.reduce((sum, { count, seconds: own }) => sum + count * own, 0);
  const bytes = kernels.reduce((sum, kernel) => sum + 4 * elements(kernel), 0);
  const square = { m: side, k: side, n: side };
  return {
    layers: config.nLayers,
    rows: COMPUTED * prompts,
    body: flop / seconds / 1e9,
    products: flop / alone / 1e9,
    peak: flopOf(square) / timeProduct(square, repeats) / 1e9,
    bandwidth: bandwidth(side, repeats),
    intensity: flop / bytes,
    sizes: sizes.map((size) => ({
      name: `${size.m} x ${size.k} x ${size.n}`,
      count: size.count,
      intensity: intensityOf(size),
      rate: flopOf(size) / size.seconds / 1e9,
    })),
    kernels: await shares(kernels),
  };
}

function openBody(model: Model, prompts: number): Work {
  const tokens = (rows: number, width: number): tf.Tensor2D =>
    tf.tensor2d(
      Array.from({ length: rows * width }, (_, i) => i % VOCABULARY),
      [rows, width],
      'int32',
    );
  const before = PROMPT_LENGTH - COMPUTED;
  const prefixes = Math.ceil(prompts / SHARING);
  const runs = Array.from({ length: prefixes }, (_, i) => Math.min(SHARING, prompts - i * SHARING));
  const { prefix, kept } = scoped(
    () => {
      const { cache } = forward(model, tokens(prefixes, before), { output: 'none' });
      const rows = tf.tensor1d(
        Int32Array.from({ length: prompts }, (_, i) => Math.floor(i / SHARING)),
        'int32',
      );
      const made = cache.layers.flatMap((kv) => (kv === undefined ? [] : [kv.k, kv.v]));
      return { prefix: { cache, rows, runs }, kept: [rows, ...made] };
    },
    (made) => made.kept,
  );
  const input = tokens(prompts, COMPUTED);
  return {
    run: () => {
      tf.tidy(() => {
        settle(forward(model, input, { prefix, output: 'none', cache: false }).resid);
      });
    },
    dispose: () => tf.dispose([input, ...kept]),
  };
}

/** Waits for engines that compute in the background, by reading one value. */
function settle(x: tf.Tensor): void {
  tf.slice(tf.reshape(x, [-1]), [0], [1]).dataSync();
}

/** What `tf.profile` tells of one operation. */
type Kernel = Awaited<ReturnType<typeof tf.profile>>['kernels'][number];

interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** A product with a matrix of weights; null for batched ones, which are the attention's. */
function productOf([a, b]: readonly number[][]): Product | null {
  if (a === undefined || b === undefined) return null;
  const [k = 0, n = 0] = b.slice(-2);
  if (b.length > 2 && b.slice(0, -2).some((size) => size > 1)) return null;
  return { m: a.reduce((product, size) => product * size, 1) / k, k, n };
}

function distinct(products: readonly Product[]): (Product & { readonly count: number })[] {
  const found = new Map<string, Product & { readonly count: number }>();
  for (const product of products) {
    const key = Object.values(product).join();
    found.set(key, { ...product, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

const flopOf = ({ m, k, n }: Product): number => 2 * m * k * n;
const intensityOf = (product: Product): number =>
  flopOf(product) / (4 * (product.m * product.k + product.k * product.n + product.m * product.n));

function elements({ inputShapes, outputShapes }: Kernel): number {
  return [...inputShapes, ...outputShapes].reduce(
    (sum, shape) => sum + shape.reduce((product: number, size: number) => product * size, 1),
    0,
  );
}

/** A piece of work that can be timed, and what frees its tensors. */
interface Work {
  readonly run: () => void;
  readonly dispose: () => void;
}

function openProduct({ m, k, n }: Product): Work {
  const [a, b] = [constant([m, k]), constant([k, n])];
  return {
    run: () => {
      tf.tidy(() => {
        settle(tf.matMul(a, b));
      });
    },
    dispose: () => tf.dispose([a, b]),
  };
}

function timeProduct(product: Product, repeats: number): number {
  const { run, dispose } = openProduct(product);
  const seconds = timed(run, repeats);
  dispose();
  return seconds;
}

/** GB/s of x + y: two read, one written. */
function bandwidth(side: number, repeats: number): number {
  const x = constant([4 * side, side]);
  const seconds = timed(() => {
    tf.tidy(() => {
      settle(tf.add(x, x));
    });
  }, repeats);
  const { size } = x;
  x.dispose();
  return (3 * 4 * size) / seconds / 1e9;
}

function constant([rows, columns]: readonly [number, number]): tf.Tensor2D {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  return tf.tensor2d(values, [rows, columns]);
}

/** Median seconds of some runs after one that is not counted. */
function timed(work: () => void, repeats: number): number {
  return timedInTurns([work], repeats)[0] ?? NaN;
}

/** The same of each piece of work, one run of each after the other. */
function timedInTurns(works: readonly (() => void)[], repeats: number): number[] {
  for (const work of works) work();
  const rounds = Array.from({ length: repeats }, () =>
    works.map((work) => {
      const started = performance.now();
      work();
      return (performance.now() - started) / 1000;
    }),
  );
  return works.map((_, i) => median(rounds.map((round) => round[i] ?? NaN)));
}

/** Share of the time of each kind of operation. */
async function shares(kernels: readonly Kernel[]): Promise<Record<string, number>> {
  const seconds = new Map<string, number>();
  let total = 0;
  for (const { name, kernelTimeMs } of kernels) {
    const own = Number(await kernelTimeMs);
    seconds.set(name, (seconds.get(name) ?? 0) + own);
    total += own;
  }
  return Object.fromEntries([...seconds].map(([name, own]) => [name, own / total]));
}
