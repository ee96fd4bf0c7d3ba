import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalManifest } from '../../src/config/suite-manifest.js';
import type { ModelConfig } from '../../src/domain/model-config.js';
import type { Operator } from '../../src/domain/operator.js';
import { arithmeticTokens, type ArithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { tokenizerFiles } from '../../src/training/vocabulary.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { CHECKPOINT_FILES } from '../../src/weights/checkpoint.js';
import { formatModelConfig } from '../../src/weights/config-json.js';
import { toStored } from '../../src/weights/layout.js';
import { encodeSafetensors, sha256 } from '../../src/weights/safetensors.js';
import { packagePath } from '../../src/files/package.js';
import { readFile } from 'node:fs/promises';
import { plantedWeights } from './planted.js';

export interface SuiteOptions {
  /** Written anew. */
  readonly folder: string;
  readonly config: ModelConfig;
  readonly maxOperand: number;
  /** Checkpoints, each with other weights. */
  readonly steps: number;
  /** Text of a tokenizer.json. */
  readonly tokenizer: string;
}

/** What a suite that was written holds. */
export interface WrittenSuite {
  readonly folder: string;
  /** Folder of the first checkpoint. */
  readonly checkpoint: string;
  readonly tokens: ArithmeticTokens;
  /** Bytes of the weights of one checkpoint, in memory (float32). */
  readonly weightBytes: number;
}

/**
 * Writes a suite of one run, float16 weights in safetensors, in the layout of the Hub.
 * @throws TokenizerError when the tokenizer lacks a number below `maxOperand`
 */
export async function writeSuite({
  folder,
  config,
  maxOperand,
  steps,
  tokenizer,
}: SuiteOptions): Promise<WrittenSuite> {
  const tokens = arithmeticTokens(folder, tokenizer, maxOperand - 1);
  const checkpoints = [];
  let weightBytes = 0;
  for (let step = 0; step < steps; step++) {
    const name = `step${step}`;
    const weights = plantedWeights(config, tokens, answersBelow(maxOperand), step);
    const stored = new Map(
      weightSpecs(config).map((spec) => {
        const ours = weights.get(spec.ours);
        if (ours === undefined) throw new Error(`no weights were made for ${spec.ours}`);
        return [spec.stored, toStored(spec, ours, config)];
      }),
    );
    const files: [string, string | Uint8Array][] = [
      [CHECKPOINT_FILES.config, formatModelConfig(config, tokens.bos)],
      [CHECKPOINT_FILES.weights, encodeSafetensors(stored, 'F16', {})],
      [CHECKPOINT_FILES.tokenizer, tokenizer],
    ];
    await mkdir(join(folder, name), { recursive: true });
    for (const [file, content] of files) await writeFile(join(folder, name, file), content);
    const hashes = Object.fromEntries(files.map(([file, content]) => [file, sha256(content)]));
    checkpoints.push({ step, folder: name, files: hashes });
    weightBytes = [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  }
  const manifest: LocalManifest = {
    name: 'benchmark',
    description: 'random weights',
    architecture: config.architecture,
    maxOperand,
    tokensPerStep: null,
    runs: [{ seed: 0, checkpoints }],
  };
  await writeFile(join(folder, 'suite.json'), JSON.stringify(manifest));
  return { folder, checkpoint: join(folder, 'step0'), tokens, weightBytes };
}

/** One answer an operator that is right for some tens of its prompts at least. */
function answersBelow(maxOperand: number): Record<Operator, number> {
  return { '+': maxOperand - 1, '-': Math.floor(maxOperand / 4), '*': 0, '/': 1 };
}

/** The tokenizer of all Pythia models, from a folder of fixtures. @throws Error when it is not there */
export async function pythiaTokenizer(fixtures: string): Promise<string> {
  return readFile(join(fixtures, 'gpt-neox-20b-tokenizer.json'), 'utf8');
}

/** A tokenizer that knows the numbers up to one, for small models. */
export async function smallTokenizer(
  largest: number,
): Promise<{ readonly text: string; readonly dVocab: number }> {
  const path = packagePath('checkpoints/embedded/recipe.json');
  const recipe = { ...parseRecipe(path, await readFile(path, 'utf8')), maxAnswer: largest };
  const text = tokenizerFiles(recipe)['tokenizer.json'];
  return { text, dVocab: largest + 8 };
}
