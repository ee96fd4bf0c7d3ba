import * as tf from '@tensorflow/tfjs-core';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ChecksumError,
  MissingCheckpointError,
  WeightNamesError,
} from '../../src/errors/checkpoint-errors.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { loadModel, streamModel } from '../../src/model/load-model.js';
import { hashWeights, loadCheckpoint, openWeights } from '../../src/weights/checkpoint.js';
import { encodeSafetensors, sha256 } from '../../src/weights/safetensors.js';
import { copyOf, failureOf } from '../support/damaged-checkpoint.js';
import { projectPath, readAll } from '../support/fixtures.js';

const SINGLE = 'gpt-neox/heads4-rotary-full';
const FORMATS = ['weights/single-torch', 'weights/sharded-safetensors', 'weights/sharded-torch'];
const folderOf = (fixture: string): string => projectPath(`test/fixtures/${fixture}`);

/** Logits of a folder's model, streamed into the engine. */
async function logitsOf(folder: string): Promise<Float32Array> {
  const before = tf.memory().numTensors;
  const weights = await openWeights({ folder, namedBy: 'the test' });
  const { model, dispose } = await streamModel(weights.facts.config, weights.tensors());
  await weights.close();
  const logits = tf.tidy(() => {
    const tokens = tf.tensor2d([3, 1, 4, 1, 5, 9, 2, 6], [2, 4], 'int32');
    return Float32Array.from(forward(model, tokens, { positions: 'all' }).logits?.dataSync() ?? []);
  });
  dispose();
  expect(tf.memory().numTensors).toBe(before);
  return logits;
}

beforeAll(async () => {
  await startEngine('cpu');
});

describe('one model in several formats', () => {
  it.each(FORMATS)('%s: has the weights and logits of the single safetensors file', async (fixture) => {
    const expected = await loadCheckpoint(folderOf(SINGLE), 'the test');
    const found = await loadCheckpoint(folderOf(fixture), 'the test');
    expect(found.weights).toEqual(expected.weights);
    expect(found.dtype).toBe('F32');
    const logits = await logitsOf(folderOf(fixture));
    expect(logits.length).toBe(2 * 4 * 29);
    expect(new Set(logits).size).toBeGreaterThan(100);
    expect(logits).toEqual(await logitsOf(folderOf(SINGLE)));
  });

  it('is known by the hash of its file, or by the names and hashes of all', async () => {
    const file = (fixture: string, name: string): Uint8Array => readFileSync(join(folderOf(fixture), name));
    const hash = (fixture: string): Promise<string> =>
      hashWeights({ folder: folderOf(fixture), namedBy: 'the test' });
    expect(await hash(SINGLE)).toBe(sha256(file(SINGLE, 'model.safetensors')));
    const lines = [1, 2, 3].map((n) => {
      const name = `model-0000${n}-of-00003.safetensors`;
      return `${name} ${sha256(file('weights/sharded-safetensors', name))}\n`;
    });
    expect(await hash('weights/sharded-safetensors')).toBe(sha256(lines.join('')));
    const { weightsHash, bytes } = await loadCheckpoint(folderOf('weights/sharded-safetensors'), 'the test');
    expect(weightsHash).toBe(sha256(lines.join('')));
    expect(bytes).toBe(19352 + 13400 + 13384);
  });
});

describe('what a manifest promises', () => {
  it('is not held against the files again where somebody has', async () => {
    const folder = folderOf(SINGLE);
    const promised = { 'model.safetensors': '0'.repeat(64) };
    const open = await openWeights({ folder, namedBy: 'the test', promised, verifiedHash: 'abc' });
    expect(open.facts.weightsHash).toBe('abc');
    await open.close();
    await expect(openWeights({ folder, namedBy: 'the test', promised })).rejects.toThrow(ChecksumError);
  });

  it('holds for every shard', async () => {
    const folder = copyOf('weights/sharded-safetensors');
    const promised = Object.fromEntries(
      readdirSync(folder).map((name) => [name, sha256(readFileSync(join(folder, name)))]),
    );
    expect((await loadCheckpoint(folder, 'suite.json', promised)).weights.size).toBe(16);
    const third = 'model-00003-of-00003.safetensors';
    const error: unknown = await loadCheckpoint(folder, 'suite.json', {
      ...promised,
      [third]: '0'.repeat(64),
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChecksumError);
    expect(String(error)).toContain(third);
  });

  it('decides which files are read: another format does not stand in', async () => {
    const folder = copyOf('weights/single-torch');
    expect(await failureOf(folder)).toBeUndefined();
    expect(await failureOf(folder, '0'.repeat(64))).toBeInstanceOf(MissingCheckpointError);
  });
});

describe('weights of other types', () => {
  it('are refused by name where the model needs them, and let be where it does not', async () => {
    const folder = copyOf(SINGLE);
    const path = join(folder, 'model.safetensors');
    const bytes = Buffer.from(encodeSafetensors(await readAll(path), 'F16', {}));
    const text = bytes.toString('latin1');
    // The same bytes under another name of two-byte values; the header keeps its length.
    const entry = '"gpt_neox.final_layer_norm.bias":{"dtype":"F16"';
    expect(text).toContain(entry);
    writeFileSync(path, Buffer.from(text.replace(entry, entry.replace('F16', 'I16')), 'latin1'));
    const error = await failureOf(folder);
    if (!(error instanceof WeightNamesError)) throw error;
    expect(error.problems).toEqual({
      missing: [],
      unexpected: [],
      misshapen: ['gpt_neox.final_layer_norm.bias is I16, expected F32, F16 or BF16'],
    });
  });
});

describe('a model that is streamed', () => {
  it('asks for one tensor at a time, and puts it into the engine before the next', async () => {
    const weights = await openWeights({ folder: folderOf(SINGLE), namedBy: 'the test' });
    const before = tf.memory().numTensors;
    const held: number[] = [];
    async function* counted(): AsyncGenerator<
      readonly [string, { shape: readonly number[]; data: Float32Array }]
    > {
      for await (const item of weights.tensors()) {
        held.push(tf.memory().numTensors - before);
        yield item;
      }
    }
    const { model, dispose } = await streamModel(weights.facts.config, counted());
    expect(held).toEqual(held.map((_, i) => i));
    expect(held).toHaveLength(16);
    // W_QKV and b_QKV became three each, norms are folded into what reads them; nothing else is kept.
    expect(tf.memory().numTensors - before).toBe(model.tensors.length);
    dispose();
    await weights.close();
  });

  it('leaves nothing in the engine when reading fails midway, or a tensor is missing', async () => {
    const { config, weights } = await loadCheckpoint(folderOf(SINGLE), 'the test');
    const before = tf.memory().numTensors;
    async function* broken(): AsyncGenerator<
      readonly [string, { shape: readonly number[]; data: Float32Array }]
    > {
      for (const item of [...weights].slice(0, 7)) yield await Promise.resolve(item);
      throw new Error('the disk is gone');
    }
    await expect(streamModel(config, broken())).rejects.toThrow('the disk is gone');
    expect(tf.memory().numTensors).toBe(before);
    const lacking = new Map([...weights].filter(([name]) => name !== 'W_U'));
    expect(() => loadModel(config, lacking)).toThrow('holds no W_U');
    expect(tf.memory().numTensors).toBe(before);
  });
});
