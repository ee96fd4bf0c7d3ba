import type { ModelConfig } from '../domain/model-config.js';
import type { RawTensor } from './safetensors.js';

/**
 * How a stored tensor becomes ours.
 * - `asIs`
 * - `transpose`: [out, in] of torch's Linear to [in, out]
 * - `qkv`: fused rows, interleaved per head as [heads, 3, d_head], to columns q | k | v, head after head
 */
type Layout = 'asIs' | 'transpose' | 'qkv';

type Dimension = 'dVocab' | 'dModel' | 'dMlp' | 'qkv';

interface NameRule {
  /** Name in the file; `{l}` stands for the layer. */
  readonly stored: string;
  /** Name in our model; the same `{l}`. */
  readonly ours: string;
  /** Shape in the file. */
  readonly shape: readonly Dimension[];
  readonly layout: Layout;
}

const rule = (stored: string, ours: string, shape: readonly Dimension[], layout: Layout): NameRule => ({
  stored,
  ours,
  shape,
  layout,
});

/** Names of transformers' GPTNeoXForCausalLM, and ours (after TransformerLens). */
const RULES: readonly NameRule[] = [
  rule('gpt_neox.embed_in.weight', 'W_E', ['dVocab', 'dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.input_layernorm.weight', 'blocks.{l}.ln1.w', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.input_layernorm.bias', 'blocks.{l}.ln1.b', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.post_attention_layernorm.weight', 'blocks.{l}.ln2.w', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.post_attention_layernorm.bias', 'blocks.{l}.ln2.b', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.attention.query_key_value.weight', 'blocks.{l}.W_QKV', ['qkv', 'dModel'], 'qkv'),
  rule('gpt_neox.layers.{l}.attention.query_key_value.bias', 'blocks.{l}.b_QKV', ['qkv'], 'qkv'),
  rule('gpt_neox.layers.{l}.attention.dense.weight', 'blocks.{l}.W_O', ['dModel', 'dModel'], 'transpose'),
  rule('gpt_neox.layers.{l}.attention.dense.bias', 'blocks.{l}.b_O', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.mlp.dense_h_to_4h.weight', 'blocks.{l}.W_in', ['dMlp', 'dModel'], 'transpose'),
  rule('gpt_neox.layers.{l}.mlp.dense_h_to_4h.bias', 'blocks.{l}.b_in', ['dMlp'], 'asIs'),
  rule('gpt_neox.layers.{l}.mlp.dense_4h_to_h.weight', 'blocks.{l}.W_out', ['dModel', 'dMlp'], 'transpose'),
  rule('gpt_neox.layers.{l}.mlp.dense_4h_to_h.bias', 'blocks.{l}.b_out', ['dModel'], 'asIs'),
  rule('gpt_neox.final_layer_norm.weight', 'ln_final.w', ['dModel'], 'asIs'),
  rule('gpt_neox.final_layer_norm.bias', 'ln_final.b', ['dModel'], 'asIs'),
  rule('embed_out.weight', 'W_U', ['dVocab', 'dModel'], 'transpose'),
];

/** Buffers that some files carry and no model needs (checkpoint facts: Pythia). */
export const IGNORED_TENSORS = /^gpt_neox\.layers\.\d+\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/;

/** One tensor of a model: where it is stored, what we call it, and its shape on both sides. */
export interface WeightSpec {
  readonly stored: string;
  readonly ours: string;
  readonly storedShape: readonly number[];
  readonly layout: Layout;
}

/** All tensors of a GPT-NeoX of this shape, in a fixed order. */
export function weightSpecs(config: ModelConfig): WeightSpec[] {
  const size: Record<Dimension, number> = { ...config, qkv: 3 * config.dModel };
  const layers = Array.from({ length: config.nLayers }, (_, l) => String(l));
  return RULES.flatMap((r) =>
    (r.stored.includes('{l}') ? layers : ['']).map((l) => ({
      stored: r.stored.replace('{l}', l),
      ours: r.ours.replace('{l}', l),
      storedShape: r.shape.map((d) => size[d]),
      layout: r.layout,
    })),
  );
}

/** Shape of a tensor in our layout. */
export function oursShape({ layout, storedShape }: WeightSpec): readonly number[] {
  return layout === 'asIs' ? storedShape : [...storedShape].reverse();
}

/** Turns a stored tensor into our layout. */
export function toOurs(spec: WeightSpec, stored: RawTensor, config: ModelConfig): RawTensor {
  switch (spec.layout) {
    case 'asIs':
      return stored;
    case 'transpose':
      return transpose(stored);
    case 'qkv':
      return transpose(permuteRows(stored, qkvRows(config)));
  }
}

/** The inverse of `toOurs`. */
export function toStored(spec: WeightSpec, ours: RawTensor, config: ModelConfig): RawTensor {
  switch (spec.layout) {
    case 'asIs':
      return ours;
    case 'transpose':
      return transpose(ours);
    case 'qkv': {
      const inverse = new Uint32Array(3 * config.dModel);
      qkvRows(config).forEach((row, i) => (inverse[row] = i));
      return permuteRows(transpose(ours), inverse);
    }
  }
}

/** For each row of q | k | v (head after head), the row of the fused, per-head interleaved matrix. @returns [3 dModel] */
function qkvRows({ nHeads, dHead, dModel }: ModelConfig): Uint32Array {
  return Uint32Array.from({ length: 3 * dModel }, (_, i) => {
    const part = Math.floor(i / dModel);
    const head = Math.floor((i % dModel) / dHead) % nHeads;
    return head * 3 * dHead + part * dHead + (i % dHead);
  });
}

/** Row r of the result is row rows[r] of the tensor; a vector has rows of one value. */
function permuteRows({ shape, data }: RawTensor, rows: Uint32Array): RawTensor {
  const width = data.length / rows.length;
  const result = new Float32Array(data.length);
  rows.forEach((row, r) => result.set(data.subarray(row * width, (row + 1) * width), r * width));
  return { shape, data: result };
}

/** [a, b] to [b, a]; a vector stays as it is. */
function transpose(tensor: RawTensor): RawTensor {
  const [a = 0, b] = tensor.shape;
  if (b === undefined) return tensor;
  const result = new Float32Array(tensor.data.length);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) result[j * a + i] = tensor.data[i * b + j] ?? 0;
  return { shape: [b, a], data: result };
}
