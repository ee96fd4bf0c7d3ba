import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { UnknownNameError } from '../errors/errors.js';
import { ENGINE_CHOICES, type EngineChoice, type EngineName } from './engine-names.js';

/** A native TensorFlow engine that may be loaded. */
export interface NativePlace {
  /** `package`: TensorFlow's own npm package, installed by the user; `installed`: by `heuristrace engine install`. */
  readonly origin: 'package' | 'installed';
  /** Folder of the package or of the engine. */
  readonly folder: string;
}

/** Upstream's packages, the one for GPUs first. */
const UPSTREAM = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Version of the TensorFlow library that `heuristrace engine install` puts in place. */
export const TENSORFLOW_VERSION = '2.21.0';

/**
 * Where `heuristrace engine install` puts engines: HEURISTRACE_ENGINES, or `heuristrace/engines` in the user's cache
 * (XDG_CACHE_HOME, or else `~/.cache`).
 */
export function enginesFolder(): string {
  const own = process.env['HEURISTRACE_ENGINES'] ?? '';
  if (own !== '') return resolve(own);
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'heuristrace', 'engines');
}

/** Folder of an installed native engine; of another version, machine or device, it is another folder. */
export function installedFolder(device: 'cuda' | 'cpu'): string {
  return join(
    enginesFolder(),
    `tensorflow-${TENSORFLOW_VERSION}-${device}-${process.platform}-${process.arch}`,
  );
}

/** Native engines that are there, whether they work or not, in the order in which they are tried. */
export function nativePlaces(): NativePlace[] {
  const require = createRequire(join(process.cwd(), 'package.json'));
  const upstream = UPSTREAM.flatMap((name): NativePlace[] => {
    try {
      return [{ origin: 'package', folder: join(require.resolve(`${name}/package.json`), '..') }];
    } catch {
      return [];
    }
  });
  const installed = (['cuda', 'cpu'] as const)
    .map(installedFolder)
    .filter((folder) => existsSync(join(folder, 'engine.json')))
    .map((folder): NativePlace => ({ origin: 'installed', folder }));
  return [...upstream, ...installed];
}

/**
 * What an engine's name stands for in this environment.
 * @throws UnknownNameError when HEURISTRACE_ENGINE names no engine
 */
export function choiceInForce(choice: EngineChoice): EngineChoice {
  const named = process.env['HEURISTRACE_ENGINE'] ?? '';
  if (choice !== 'auto' || named === '') return choice;
  const found = ENGINE_CHOICES.find((name) => name === named);
  if (found === undefined)
    throw new UnknownNameError('engine in HEURISTRACE_ENGINE', named, ENGINE_CHOICES, undefined);
  return found;
}

/** The engine that will probably start, told without loading one. @throws UnknownNameError as `choiceInForce` */
export function likelyEngine(choice: EngineChoice): EngineName {
  const wanted = choiceInForce(choice);
  if (wanted !== 'auto') return wanted;
  return nativePlaces().length > 0 ? 'tensorflow' : 'wasm';
}
