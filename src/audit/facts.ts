/** What the findings are drawn from: plain facts, gathered elsewhere from folders or the Hub. */

/** A file of a checkpoint, as listed. */
export interface ListedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name of its content: sha256, or git's sha1 of a small file on the Hub. Equal contents have equal names. */
  readonly hash: string;
}

/** What the values of one tensor are, or of its first values where only those were read. */
export interface TensorValues {
  /** sha256 of the values as float32, every zero without its sign. */
  readonly fingerprint: string;
  /** Euclidean norm of the finite values. */
  readonly norm: number;
  /** How many are NaN or infinite. */
  readonly notFinite: number;
  /** Whether all are the same. */
  readonly constant: boolean;
  /** A few of them, from the same places in every checkpoint. */
  readonly picked: Float32Array;
}

/** What a header says of one tensor. */
export interface TensorFacts {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Null where the values were not read. */
  readonly values: TensorValues | null;
}

/** A checkpoint that is there. */
export interface ListedCheckpoint {
  /** Branch, tag or folder. */
  readonly revision: string;
  readonly files: readonly ListedFile[];
  /** Of `files`, those that a sweep would read weights from, without an index. */
  readonly weights: readonly ListedFile[];
  /** Keys of config.json; null where it is missing or unreadable. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** The same as the program understands it: what decides results. */
  readonly model: Readonly<Record<string, unknown>> | null;
  /** What is missing of it, in words. */
  readonly lacks: readonly string[];
  /** What is there but cannot be read or is not what was promised, in words. */
  readonly faulty: readonly string[];
  /** Tensors by name, buffers left out; null where the files were not opened. */
  readonly tensors: ReadonlyMap<string, TensorFacts> | null;
}

export interface StepCheckpoint extends ListedCheckpoint {
  readonly step: number;
}

/** One training run, as far as it is audited. */
export interface RunFacts {
  readonly seed: number;
  /** Repository, or folder. */
  readonly source: string;
  /** Steps that findings speak of; other checkpoints serve for comparison. */
  readonly audited: ReadonlySet<number>;
  /** Audited checkpoints that are there, and the last one, ascending. */
  readonly checkpoints: readonly StepCheckpoint[];
  /** Steps to audit that are not there. */
  readonly missing: readonly number[];
  /** Last step that the run should have, or has. */
  readonly lastStep: number | null;
  /** The branch with the final model, where there is one with weights. */
  readonly main: ListedCheckpoint | null;
  /** Revisions that fit no step of the suite. */
  readonly unexpected: readonly string[];
}

/** What can be known to be wrong with a published checkpoint (kinds as in a suite's manifest). */
export interface KnownFault {
  readonly kind: string;
  readonly state: 'present' | 'claimed' | 'repaired';
  /** Whether it is as it should be, e.g. step 0 = step 1 where the first update has learning rate 0. */
  readonly expected: boolean;
  readonly note: string;
  /** URL of the report. */
  readonly report: string;
  readonly covers: (seed: number, step: number) => boolean;
}
