import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArchitectureError, WeightNamesError } from '../../src/errors/checkpoint-errors.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { formatModelConfig, parseModelConfig } from '../../src/weights/config-json.js';
import { oursShape, toOurs, toStored } from '../../src/weights/layout.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { configJson, copyOf, failureOf, rewrite } from '../support/damaged-checkpoint.js';
import { projectPath, readAll } from '../support/fixtures.js';

const SCALED = 'llama/heads6-kv2-llama3';
const TIED = 'llama/heads5-kv1-tied';
const BIASED = 'llama/heads5-kv5-biases';

function configOf(fixture: string, change: object = {}): ReturnType<typeof parseModelConfig> {
  const json = { ...configJson(projectPath(`test/fixtures/${fixture}`)), ...change };
  return parseModelConfig('config.json', JSON.stringify(json));
}

async function problemsOf(folder: string): Promise<WeightNamesError['problems']> {
  const error = await failureOf(folder);
  if (!(error instanceof WeightNamesError)) throw error;
  return error.problems;
}

async function tied(change: (tensors: Map<string, RawTensor>) => void): Promise<string> {
  const folder = copyOf(TIED);
  await rewrite(folder, change);
  return folder;
}

/** W_U of a checkpoint, as [d_vocab, d_model]. */
async function unembeddingOf(folder: string): Promise<Float32Array> {
  const { config, weights } = await loadCheckpoint(folder, 'the test');
  const spec = weightSpecs(config).find(({ ours }) => ours === 'W_U');
  const tensor = weights.get('W_U');
  if (spec === undefined || tensor === undefined) throw new Error('no W_U');
  expect(tensor.shape).toEqual([config.dModel, config.dVocab]);
  return toStored(spec, tensor, config).data;
}

describe('names and layouts of Llama', () => {
  it.each([SCALED, BIASED])('%s: every tensor becomes ours and again what it was', async (fixture) => {
    const config = configOf(fixture);
    const tensors = await readAll(projectPath(`test/fixtures/${fixture}/model.safetensors`));
    const specs = weightSpecs(config);
    expect(specs.map(({ stored }) => stored).sort()).toEqual([...tensors.keys()].sort());
    for (const spec of specs) {
      const stored = tensors.get(spec.stored);
      if (stored === undefined) throw new Error(spec.stored);
      const ours = toOurs(spec, stored, config);
      expect(ours.shape).toEqual(oursShape(spec));
      expect(toStored(spec, ours, config)).toEqual(stored);
    }
  });

  it('names tensors that are missing, unexpected and of the wrong shape, and ignores buffers', async () => {
    const folder = copyOf(SCALED);
    await rewrite(folder, (tensors) => {
      tensors.delete('lm_head.weight');
      tensors.set('model.layers.0.self_attn.q_proj.bias', { shape: [48], data: new Float32Array(48) });
      tensors.set('model.layers.1.self_attn.k_proj.weight', {
        shape: [48, 24],
        data: new Float32Array(48 * 24),
      });
      for (const owner of ['model.layers.0.self_attn', 'model'])
        tensors.set(`${owner}.rotary_emb.inv_freq`, { shape: [2], data: Float32Array.of(1, 2) });
    });
    expect(await problemsOf(folder)).toEqual({
      missing: ['lm_head.weight'],
      unexpected: ['model.layers.0.self_attn.q_proj.bias'],
      misshapen: ['model.layers.1.self_attn.k_proj.weight is [48, 24], expected [16, 24]'],
    });
  });
});

describe('a tied Llama', () => {
  it('unembeds with its embedding where the file has no unembedding', async () => {
    const folder = copyOf(TIED);
    const embedding = (await readAll(join(folder, 'model.safetensors'))).get('model.embed_tokens.weight');
    expect(embedding?.shape).toEqual([29, 20]);
    expect(await unembeddingOf(folder)).toEqual(embedding?.data);
  });

  it('unembeds with what the file says, as transformers does, where it says something', async () => {
    const own = Float32Array.from({ length: 29 * 20 }, (_, i) => Math.sin(i));
    const folder = await tied((tensors) => tensors.set('lm_head.weight', { shape: [29, 20], data: own }));
    expect(await unembeddingOf(folder)).toEqual(own);
  });

  it('needs an embedding, and an unembedding of its shape', async () => {
    const without = await tied((tensors) => tensors.delete('model.embed_tokens.weight'));
    expect(await problemsOf(without)).toMatchObject({ missing: ['model.embed_tokens.weight'] });
    const wrong = await tied((tensors) =>
      tensors.set('lm_head.weight', { shape: [28, 20], data: new Float32Array(560) }),
    );
    expect(await problemsOf(wrong)).toMatchObject({
      misshapen: ['lm_head.weight is [28, 20], expected [29, 20]'],
    });
  });

  it('is what the configuration says: without tying, the unembedding is missing', async () => {
    const folder = copyOf(TIED);
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({ ...configJson(folder), tie_word_embeddings: false }),
    );
    expect(await problemsOf(folder)).toMatchObject({ missing: ['lm_head.weight'] });
  });
});

describe('a config.json of Llama', () => {
  it('reads into our names', () => {
    expect(configOf(SCALED)).toEqual({
      architecture: 'llama',
      nLayers: 2,
      dModel: 24,
      nHeads: 6,
      nKvHeads: 2,
      dHead: 8,
      dMlp: 20,
      dVocab: 31,
      rotaryDims: 8,
      rotaryBase: 20,
      rotaryScaling: { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalPositions: 32 },
      eps: 1e-6,
      gated: true,
      tied: false,
      attentionBias: false,
      mlpBias: false,
    });
    expect(configOf(TIED)).toMatchObject({ tied: true, dHead: 4, eps: 0.01, rotaryBase: 500_000 });
    expect(configOf(BIASED)).toMatchObject({ attentionBias: true, mlpBias: true, rotaryScaling: null });
  });

  it.each([SCALED, TIED, BIASED])('%s: is the same in classic keys', (fixture) => {
    const config = configOf(fixture);
    expect(parseModelConfig('classic', formatModelConfig(config, 0))).toEqual(config);
  });

  it('takes as many heads of keys as of queries, and their share of the width, where it does not say', () => {
    const change = { num_key_value_heads: undefined, head_dim: null, rope_parameters: undefined };
    expect(configOf(SCALED, change)).toMatchObject({
      nKvHeads: 6,
      dHead: 4,
      rotaryDims: 4,
      rotaryBase: 10_000,
      rotaryScaling: null,
    });
  });

  it.each([
    [{ rope_scaling: { type: 'linear', factor: 2 } }, /rope_scaling\.type/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 2 } }, /rope_scaling\.rope_type/],
    [{ rope_parameters: { rope_type: 'dynamic', factor: 2 } }, /rope_parameters\.rope_type/],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, /rope_parameters\.partial_rotary_factor/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, /rope_scaling\.low_freq_factor: missing/],
    [
      {
        rope_scaling: {
          rope_type: 'llama3',
          factor: 8,
          low_freq_factor: 4,
          high_freq_factor: 4,
          original_max_position_embeddings: 32,
        },
      },
      /rope_scaling\.high_freq_factor: must exceed/,
    ],
    [{ num_key_value_heads: 4 }, /num_key_value_heads: 6 heads do not divide among 4/],
    [{ head_dim: 7 }, /7 rotary dimensions per head: the number must be even/],
    [{ head_dim: null, hidden_size: 26 }, /hidden_size 26 is no multiple of 6 heads/],
    [{ hidden_act: 'gelu' }, /hidden_act/],
    [{ rms_norm_eps: 0 }, /rms_norm_eps/],
    [{ model_type: 'mistral' }, /model_type.*llama/],
  ])('refuses %j', (change, expected) => {
    expect(() => configOf(SCALED, change)).toThrow(expected);
    expect(() => configOf(SCALED, change)).toThrow(ArchitectureError);
  });
});
