import { z } from 'zod';
import type { ModelConfig } from '../domain/model-config.js';
import { ArchitectureError } from '../errors/checkpoint-errors.js';
import type { Layout } from './layout.js';

/** Sizes that shapes of stored tensors are made of: `q` all heads, `kv` the heads of keys or values, `qkv` all three. */
export type Dimension = 'dVocab' | 'dModel' | 'dMlp' | 'q' | 'kv' | 'qkv';

/** One line of a table of tensor names. */
export interface NameRule {
  /** Name in the file; `{l}` stands for the layer. */
  readonly stored: string;
  /** Name in our model; the same `{l}`. */
  readonly ours: string;
  /** Shape in the file. */
  readonly shape: readonly Dimension[];
  readonly layout: Layout;
  /** What is read where the file has no `stored`: a tensor of the same shape that another rule names. */
  readonly orElse?: string;
}

interface FormattedConfig {
  readonly architectures: readonly string[];
  readonly [key: string]: unknown;
}

/** What is peculiar to the files of one architecture. */
export interface ArchitectureFiles {
  /** Reads a config.json of this architecture. @throws ArchitectureError */
  readonly readConfig: (path: string, json: unknown) => ModelConfig;
  /** The keys of config.json, without those that all architectures share. */
  readonly formatConfig: (config: ModelConfig) => FormattedConfig;
  /** All tensors of a model of this shape, in a fixed order. */
  readonly names: (config: ModelConfig) => readonly NameRule[];
  /** Buffers that some files carry and no model needs. */
  readonly ignored: RegExp;
}

/** A line of a table of tensor names. */
export function rule(stored: string, ours: string, shape: readonly Dimension[], layout: Layout): NameRule {
  return { stored, ours, shape, layout };
}

/** A dimension of a config.json. */
export const natural = z.int().positive();

/**
 * Reads the keys of a config.json that change what the model computes.
 * @throws ArchitectureError naming every key that is wrong
 */
export function readKeys<T>(path: string, schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ArchitectureError(path, problems.join('; '));
}

/** @throws ArchitectureError when a head has no whole number of pairs to rotate */
export function checkRotaryDims(path: string, rotaryDims: number): void {
  if (rotaryDims % 2 !== 0)
    throw new ArchitectureError(path, `${rotaryDims} rotary dimensions per head: the number must be even`);
}

/** @throws ArchitectureError when `hidden_size` does not divide among the heads */
export function headSize(path: string, hiddenSize: number, heads: number): number {
  if (hiddenSize % heads !== 0)
    throw new ArchitectureError(path, `hidden_size ${hiddenSize} is no multiple of ${heads} heads`);
  return hiddenSize / heads;
}
