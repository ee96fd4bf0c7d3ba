import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ArchitectureError,
  ChecksumError,
  MissingCheckpointError,
  SafetensorsError,
  WeightNamesError,
} from '../../src/errors/checkpoint-errors.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { formatModelConfig, parseModelConfig } from '../../src/weights/config-json.js';
import { oursShape, toOurs, toStored } from '../../src/weights/layout.js';
import { copyOf, failureOf, rewrite } from '../support/damaged-checkpoint.js';
import { projectPath, readAll } from '../support/fixtures.js';

const FIXTURE = projectPath('test/fixtures/gpt-neox/heads3-rotary-half');

const copy = (): string => copyOf('gpt-neox/heads3-rotary-half');

const config = parseModelConfig('config.json', readFileSync(join(FIXTURE, 'config.json'), 'utf8'));

describe('names and layouts of GPT-NeoX', () => {
  it('turns every tensor into ours and back without a change', async () => {
    const tensors = await readAll(join(FIXTURE, 'model.safetensors'));
    for (const spec of weightSpecs(config)) {
      const stored = tensors.get(spec.stored);
      if (stored === undefined) throw new Error(spec.stored);
      const ours = toOurs(spec, stored, config);
      expect(ours.shape).toEqual(oursShape(spec));
      expect(toStored(spec, ours, config)).toEqual(stored);
    }
  });

  it('takes q, k and v of a head from its own 3 x d_head rows of the fused matrix', () => {
    const spec = weightSpecs(config).find(({ ours }) => ours === 'blocks.0.b_QKV');
    if (spec === undefined) throw new Error('no b_QKV');
    const rows = Float32Array.from({ length: 3 * config.dModel }, (_, i) => i);
    const { data } = toOurs(spec, { shape: [rows.length], data: rows }, config);
    const { dModel, dHead } = config;
    // Row r of the file is (head, part, dimension); ours is (part, head, dimension).
    for (const [part, head, dimension] of [
      [0, 0, 0],
      [1, 0, 3],
      [2, 2, 7],
      [0, 1, 5],
    ] as const)
      expect(data[part * dModel + head * dHead + dimension]).toBe(
        head * 3 * dHead + part * dHead + dimension,
      );
  });
});

describe('config.json', () => {
  it('reads the classic keys and those of transformers 5 alike', () => {
    const classic = parseModelConfig('classic', formatModelConfig(config, 0));
    expect(classic).toEqual(config);
    expect(config).toMatchObject({ nLayers: 2, nHeads: 3, dHead: 8, rotaryDims: 4, rotaryBase: 10_000 });
  });

  it.each([
    [{ model_type: 'gpt2' }, /model_type.*gpt_neox/],
    [{ hidden_act: 'gelu_new' }, /hidden_act/],
    [{ use_parallel_residual: false }, /use_parallel_residual/],
    [{ tie_word_embeddings: true }, /tie_word_embeddings/],
    [{ num_attention_heads: 5 }, /no multiple of 5 heads/],
    [{ rotary_pct: 0.4, rope_parameters: null }, /must be even/],
    [{ hidden_size: 'wide' }, /hidden_size/],
    [{ rope_parameters: { rope_type: 'yarn' } }, /rope_type/],
  ])('refuses %j', (change, expected) => {
    const json: unknown = { ...(JSON.parse(formatModelConfig(config, 0)) as object), ...change };
    expect(() => parseModelConfig('config.json', JSON.stringify(json))).toThrow(expected);
    expect(() => parseModelConfig('config.json', JSON.stringify(json))).toThrow(ArchitectureError);
  });
});

describe('a checkpoint folder', () => {
  it('loads, ignoring the buffers of older files', async () => {
    const folder = copy();
    await rewrite(folder, (tensors) => {
      tensors.set('gpt_neox.layers.0.attention.rotary_emb.inv_freq', {
        shape: [2],
        data: Float32Array.of(1, 2),
      });
    });
    const loaded = await loadCheckpoint(folder, 'suite.json');
    expect(loaded.weights.size).toBe(weightSpecs(config).length);
    expect(loaded.dtype).toBe('F32');
  });

  it('names tensors that are missing, unexpected and of the wrong shape', async () => {
    const folder = copy();
    await rewrite(folder, (tensors) => {
      tensors.delete('embed_out.weight');
      tensors.set('gpt_neox.layers.7.mlp.dense_h_to_4h.bias', { shape: [1], data: Float32Array.of(1) });
      tensors.set('gpt_neox.final_layer_norm.bias', { shape: [12], data: new Float32Array(12) });
    });
    const error = await failureOf(folder);
    if (!(error instanceof WeightNamesError)) throw error;
    expect(error.problems).toEqual({
      missing: ['embed_out.weight'],
      unexpected: ['gpt_neox.layers.7.mlp.dense_h_to_4h.bias'],
      misshapen: ['gpt_neox.final_layer_norm.bias is [12], expected [24]'],
    });
    expect(error.message).toContain('embed_out.weight');
  });

  it('refuses weights that differ from the manifest', async () => {
    const error = await failureOf(copy(), '0'.repeat(64));
    expect(error).toBeInstanceOf(ChecksumError);
  });

  it('says which file is missing', async () => {
    const folder = copy();
    rmSync(join(folder, 'model.safetensors'));
    const error = await failureOf(folder);
    expect(error).toBeInstanceOf(MissingCheckpointError);
    expect(String(error)).toMatch(/model\.safetensors.*suite\.json names it/);
  });

  it('refuses a truncated file', async () => {
    const folder = copy();
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, 20_000));
    expect(await failureOf(folder)).toBeInstanceOf(SafetensorsError);
  });
});
