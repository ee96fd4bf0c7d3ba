import { fingerprint } from '../../src/audit/fingerprint.js';
import type { ListedCheckpoint, RunFacts, StepCheckpoint, TensorFacts } from '../../src/audit/facts.js';

/** A checkpoint of one weight file, whose content `hash` names. */
export function listed(hash: string, rest: Partial<ListedCheckpoint> = {}): ListedCheckpoint {
  const weights = [{ path: 'model.safetensors', size: 1000, hash }];
  return {
    revision: hash,
    files: [...weights, { path: 'tokenizer.json', size: 10, hash: 'tokens' }],
    weights,
    config: { hidden_size: 8 },
    model: { dModel: 8 },
    lacks: [],
    faulty: [],
    tensors: null,
    ...rest,
  };
}

/** A run of these checkpoints, all audited. */
export function runOf(checkpoints: readonly StepCheckpoint[], rest: Partial<RunFacts> = {}): RunFacts {
  return {
    seed: 0,
    source: 'owner/name',
    audited: new Set(checkpoints.map(({ step }) => step)),
    checkpoints,
    missing: [],
    lastStep: checkpoints.at(-1)?.step ?? null,
    main: null,
    unexpected: [],
    ...rest,
  };
}

/** Tensors of a checkpoint with these values, each a matrix of two rows. */
export function tensorsOf(values: Readonly<Record<string, Float32Array>>): Map<string, TensorFacts> {
  return new Map(
    Object.entries(values).map(([name, data]) => [
      name,
      { dtype: 'F32', shape: [2, data.length / 2], values: fingerprint(data) },
    ]),
  );
}
