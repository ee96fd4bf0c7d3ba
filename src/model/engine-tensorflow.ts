import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import { EngineError } from '../errors/errors.js';
import { fuseProducts } from './fused-product.js';
import { nativePlaces, type NativePlace } from './engine-places.js';

/** The native engine that serves this process. */
export interface LoadedNative extends NativePlace {
  /** Of the TensorFlow library; with `+tf32` where products on a GPU are rounded to TF32. */
  readonly version: string;
  readonly usesGpu: boolean;
}

type Require = (path: string) => unknown;
type Constructor = new (binding: unknown, packageName: string) => tf.KernelBackend;

/** TensorFlow reads its environment once, while it loads. What the user set stays. */
function prepareEnvironment(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // warnings of TensorFlow's own start, of no use to anyone here
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'; // else it takes all of the device's memory at once
  if (!wantsTf32()) process.env['NVIDIA_TF32_OVERRIDE'] = '0'; // TensorFlow's default rounds products to 10 bits
}

function wantsTf32(): boolean {
  return ['1', 'true'].includes(process.env['HEURISTRACE_TF32'] ?? '');
}

let loaded: LoadedNative | undefined;

/**
 * Loads the native engine and registers it with tfjs as `tensorflow`; once in a process. A package of TensorFlow's that
 * the user has installed is tried first, then what `heuristrace engine install` made.
 * @throws EngineError when there is none, or none can be loaded
 */
export async function loadTensorflow(): Promise<LoadedNative> {
  if (loaded !== undefined) return loaded;
  const places = nativePlaces();
  const problems: string[] = [];
  prepareEnvironment();
  for (const place of places) {
    try {
      loaded = await loadFrom(place);
      return loaded;
    } catch (cause) {
      problems.push(`${place.folder}: ${firstLine(cause)}`);
    }
  }
  if (places.length === 0)
    throw new EngineError('tensorflow', 'is not installed', 'Run `heuristrace engine install tensorflow`.');
  throw new EngineError(
    'tensorflow',
    problems.join('; '),
    'Run `heuristrace engine install tensorflow --force`, or take --engine wasm.',
  );
}

/** @returns what was loaded before by `loadTensorflow`, if anything */
export function loadedTensorflow(): LoadedNative | undefined {
  return loaded;
}

/** Functions of Node's `util` that tfjs-node calls; Node 23 removed them, and older ones warn of them. */
const REMOVED_FROM_NODE = {
  isArray: (value: unknown): boolean => Array.isArray(value),
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
};

async function loadFrom(place: NativePlace): Promise<LoadedNative> {
  const require: Require = createRequire(join(place.folder, 'package.json'));
  Object.assign(util, REMOVED_FROM_NODE);
  if (place.origin === 'package') require(place.folder);
  else registerInstalled(place.folder, require);
  if (!(await tf.setBackend('tensorflow'))) throw new Error('the backend did not initialise');
  const binding = property(tf.backend(), 'binding');
  const version = property(binding, 'TF_Version');
  const usesGpu = property(tf.backend(), 'isUsingGpuDevice') === true;
  if (typeof version !== 'string') throw new Error('the binding states no version');
  if (!usesGpu) fuseProducts();
  return { ...place, version: usesGpu && wantsTf32() ? `${version}+tf32` : version, usesGpu };
}

/** The folder holds tfjs-node's JavaScript, but not the tfjs that it is written on: ours takes that place. */
function registerInstalled(folder: string, require: Require): void {
  const javascript = join(folder, 'tfjs-node');
  const tfjs = require(join(javascript, 'node_modules/@tensorflow/tfjs/index.js'));
  if (typeof tfjs !== 'object' || tfjs === null) throw new Error('its stand-in for tfjs is damaged');
  Object.assign(tfjs, tf);
  const binding = quietly(require(join(folder, 'stderr.node')), () =>
    require(join(folder, 'tfjs_binding.node')),
  );
  require(join(javascript, 'dist/register_all_kernels.js'));
  const Backend = property(require(join(javascript, 'dist/nodejs_kernel_backend.js')), 'NodeJSKernelBackend');
  if (!isConstructor(Backend)) throw new Error('it has no backend');
  tf.registerBackend('tensorflow', () => new Backend(binding, '@tensorflow/tfjs-node'));
}

/** TensorFlow 2.21 writes two lines to stderr while it loads, whatever its log level. */
function quietly<T>(stderr: unknown, work: () => T): T {
  const [shut, open] = [property(stderr, 'shut'), property(stderr, 'open')];
  if (!isSwitch(shut) || !isSwitch(open)) return work();
  shut();
  try {
    return work();
  } finally {
    open();
  }
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === 'function';
}

function isSwitch(value: unknown): value is () => void {
  return typeof value === 'function';
}

function firstLine(cause: unknown): string {
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return line.replace(/[.\s]+$/, '');
}
