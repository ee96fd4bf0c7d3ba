import * as tf from '@tensorflow/tfjs-core';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError, UnknownNameError } from '../../src/errors/errors.js';
import { startEngine } from '../../src/model/engine.js';
import { enginesFolder, installedFolder, likelyEngine, nativePlaces } from '../../src/model/engine-places.js';
import { selfTest } from '../../src/model/engine-self-test.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';

const home = process.cwd();
let engines: string;

beforeEach(() => {
  engines = scratchFolder();
  vi.stubEnv('HEURISTRACE_ENGINES', engines);
  vi.stubEnv('HEURISTRACE_ENGINE', '');
  process.chdir(scratchFolder()); // no packages of TensorFlow's are found from here
});

afterEach(() => {
  process.chdir(home);
  vi.unstubAllEnvs();
});

async function chosen(): Promise<{ name: string; notes: string[] }> {
  const notes: string[] = [];
  const { name } = await startEngine('auto', (line) => notes.push(line));
  return { name, notes };
}

/** A package in place of TensorFlow's own, in the working folder. */
function upstreamPackage(code: string): string {
  const folder = join(process.cwd(), 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: '@tensorflow/tfjs-node', main: 'index.js' }),
  );
  writeFileSync(join(folder, 'index.js'), code);
  return folder;
}

describe('where engines are', () => {
  it('follows HEURISTRACE_ENGINES, then XDG_CACHE_HOME, then the home folder', () => {
    expect(enginesFolder()).toBe(engines);
    vi.stubEnv('HEURISTRACE_ENGINES', '');
    vi.stubEnv('XDG_CACHE_HOME', '/some/cache');
    expect(enginesFolder()).toBe('/some/cache/heuristrace/engines');
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(enginesFolder()).toMatch(/\/\.cache\/heuristrace\/engines$/);
  });

  it("lists a package of TensorFlow's before an engine of ours, and the one for GPUs first", () => {
    expect(nativePlaces()).toEqual([]);
    for (const device of ['cpu', 'cuda'] as const) {
      mkdirSync(installedFolder(device));
      writeFileSync(join(installedFolder(device), 'engine.json'), '{}');
    }
    const folder = upstreamPackage('');
    expect(nativePlaces()).toEqual([
      { origin: 'package', folder },
      { origin: 'installed', folder: installedFolder('cuda') },
      { origin: 'installed', folder: installedFolder('cpu') },
    ]);
    expect(likelyEngine('auto')).toBe('tensorflow');
    expect(likelyEngine('cpu')).toBe('cpu');
  });
});

describe('auto', () => {
  it('takes what HEURISTRACE_ENGINE names, and an engine asked for by name before it', async () => {
    vi.stubEnv('HEURISTRACE_ENGINE', 'cpu');
    expect(await chosen()).toEqual({ name: 'cpu', notes: [] });
    expect(likelyEngine('auto')).toBe('cpu');
    expect((await startEngine('wasm')).name).toBe('wasm');
    vi.stubEnv('HEURISTRACE_ENGINE', 'gpu');
    await expect(startEngine('auto')).rejects.toThrow(UnknownNameError);
  });

  it('takes wasm where there is no native engine, and says how to get one', async () => {
    expect(likelyEngine('auto')).toBe('wasm');
    const { name, notes } = await chosen();
    expect(name).toBe('wasm');
    expect(notes).toEqual([expect.stringMatching(/^computing with wasm: .*not installed.*engine install/)]);
  });

  it('takes wasm where the native engine cannot be loaded, and says why', async () => {
    upstreamPackage("throw new Error('wrong ELF class\\nmore of it')");
    const { name, notes } = await chosen();
    expect(name).toBe('wasm');
    expect(notes).toEqual([expect.stringMatching(/^computing with wasm: .*tfjs-node: wrong ELF class\./)]);
    expect(notes[0]).not.toMatch(/\n/);
    await expect(startEngine('tensorflow')).rejects.toThrow(EngineError);
  });

  // Last: an engine that was loaded stays.
  it("takes a package of TensorFlow's that works", async () => {
    upstreamPackage(`
      const { createRequire } = require('node:module');
      const ours = createRequire(${JSON.stringify(projectPath('package.json'))});
      const tf = ours('@tensorflow/tfjs-core');
      const { MathBackendCPU } = ours('@tensorflow/tfjs-backend-cpu');
      for (const kernel of tf.getKernelsForBackend('cpu'))
        tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
      tf.registerBackend('tensorflow', () =>
        Object.assign(new MathBackendCPU(), {
          binding: { TF_Version: '2.9.1' },
          isUsingGpuDevice: false,
          executeSingleOutput: (name, attributes, [x]) => tf.sub(1, tf.erf(x)),
        }));
    `);
    expect(await startEngine('auto')).toEqual({ name: 'tensorflow', version: '2.9.1' });
  });
});

describe('the self-test', () => {
  it.each(['wasm', 'cpu'] as const)('passes on %s', async (engine) => {
    await startEngine(engine);
    const before = tf.memory().numTensors;
    selfTest(engine);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('finds an operation that computes something else', async () => {
    await startEngine('cpu');
    const kernel = tf.getKernel('Erf', 'cpu');
    const tanh = tf.getKernel('Tanh', 'cpu');
    tf.unregisterKernel('Erf', 'cpu');
    tf.registerKernel({ ...tanh, kernelName: 'Erf' });
    try {
      expect(() => selfTest('cpu')).toThrow(/engine 'cpu': its self-test failed: erf is off by/);
      tf.unregisterKernel('Erf', 'cpu');
      expect(() => selfTest('cpu')).toThrow(/engine 'cpu': its self-test failed: erf: .*Erf/);
      tf.registerKernel({ ...tanh, kernelName: 'Erf' });
    } finally {
      tf.unregisterKernel('Erf', 'cpu');
      tf.registerKernel(kernel);
    }
  });
});
