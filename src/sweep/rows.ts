import { basename } from 'node:path';
import { isHubSuite, type Suite } from '../config/find-suite.js';
import type { RowOf } from '../store/schema/tables.js';
import type { CheckpointRef, RunTokenizer } from './sources/checkpoints.js';
import type { CheckpointFacts } from '../weights/checkpoint.js';

/** Row of the `suites` table. The source is a folder's name, not its path (that differs between machines), or repos. */
export function suiteRow(suite: Suite, { config }: CheckpointFacts): RowOf<'suites'> {
  const { manifest } = suite;
  return {
    suite: manifest.name,
    architecture: config.architecture,
    source: isHubSuite(suite)
      ? suite.manifest.runs.map(({ repo }) => repo).join(', ')
      : basename(suite.folder),
    n_layers: config.nLayers,
    d_model: config.dModel,
    n_heads: config.nHeads,
    d_mlp: config.dMlp,
    d_vocab: config.dVocab,
    tokens_per_step: manifest.tokensPerStep,
  };
}

/** Row of the `checkpoints` table. */
export function checkpointRow(
  { manifest }: Suite,
  { seed, step, source }: CheckpointRef,
  checkpoint: CheckpointFacts,
  tokenizer: RunTokenizer,
): RowOf<'checkpoints'> {
  return {
    suite: manifest.name,
    seed,
    step,
    revision: source.revision,
    commit: source.commit,
    weights_hash: checkpoint.weightsHash,
    tokenizer_hash: tokenizer.hash,
    format: checkpoint.format,
    dtype: checkpoint.dtype,
    bytes: checkpoint.bytes,
    tokens: manifest.tokensPerStep === null ? null : manifest.tokensPerStep * step,
  };
}
