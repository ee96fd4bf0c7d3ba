import type { ModelConfig } from '../domain/model-config.js';
import { UsageError } from '../errors/errors.js';
import { guessPattern, parsePattern } from './revision-pattern.js';
import type { HubManifest } from './suite-manifest.js';

export interface OwnRepo {
  /** owner/name */
  readonly repo: string;
  /** Names of its branches and tags. */
  readonly refs: readonly string[];
  /** Pattern of its revisions; guessed from the refs where none is given. */
  readonly pattern?: string;
  /** Shape from a revision's config.json. */
  readonly model: ModelConfig;
  /** Revision whose tokenizer serves all steps. */
  readonly tokenizerRevision: string;
}

/**
 * A manifest for a repo that none is shipped for. Where the names count checkpoints, so do its steps.
 * @throws UsageError when the pattern is none, or none is given and no known one fits
 */
export function ownRepoManifest(own: OwnRepo): HubManifest {
  const { repo, refs, model } = own;
  const revision = own.pattern ?? guessPattern(refs);
  const next = 'Give the pattern of its branches, e.g. step{step}, step-{step:6}-* or ckpt_{checkpoint:3}.';
  if (revision === null)
    throw new UsageError(`the branches of ${repo} follow no pattern that is known`, next);
  const pattern = parsePattern(revision);
  if (pattern === null) throw new UsageError(`'${revision}' is no pattern of revisions`, next);
  const { architecture, nLayers, dModel, nHeads, nKvHeads, dMlp, dVocab, tied } = model;
  return {
    kind: 'hub',
    name: repo.replace('/', '--'),
    description: `${repo} on the Hub`,
    architecture,
    tokensPerStep: null,
    hub: {
      revision,
      ...(pattern.counts === 'checkpoint' ? { checkpoints: { first: 0, stride: 1 } } : {}),
      steps: null,
      tokenizer: { revision: own.tokenizerRevision, largestNumber: null },
      weights: { formats: ['safetensors', 'bin'], dtype: null, bytes: null },
    },
    model: { nLayers, dModel, nHeads, nKvHeads, dMlp, dVocab, tied },
    runs: [{ seed: 0, repo }],
    faults: [],
    unverified: [],
  };
}
