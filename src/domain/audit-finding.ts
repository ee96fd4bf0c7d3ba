/** How much a finding matters: weights that are `bad` must not be trusted, a `warning` may be harmless. */
export const SEVERITIES = ['bad', 'warning', 'expected'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an audit can find, with the severity it has unless the manifest says otherwise. */
export const FINDING_KINDS = {
  missing: { severity: 'bad', meaning: 'a step of the suite has no revision' },
  incomplete: { severity: 'bad', meaning: 'config, weights, or a shard that the index names are missing' },
  unreadable: {
    severity: 'bad',
    meaning: 'a file is malformed, contradicts its index, or has not the checksum that was promised',
  },
  config_changed: { severity: 'bad', meaning: 'config.json describes another model than at the other steps' },
  final_weights: { severity: 'bad', meaning: 'the weights are those of the end of the training' },
  duplicate: {
    severity: 'warning',
    meaning:
      'the weights are those of another step; which of them is right is open unless one is out of place too',
  },
  other_step_shard: { severity: 'bad', meaning: 'some of the weight files are those of another step' },
  other_step_tensors: { severity: 'warning', meaning: 'some tensors have the values of another step' },
  tensors_changed: { severity: 'bad', meaning: 'tensors have other names or shapes than at the other steps' },
  not_finite: { severity: 'bad', meaning: 'weights are NaN or infinite' },
  out_of_place: {
    severity: 'bad',
    meaning: 'the weights do not lie on the path of the training: they jump away and back',
  },
  unrelated_run: {
    severity: 'warning',
    meaning: 'the training did not go on from the first checkpoint; on which side the fault lies is open',
  },
  tokenizer_changed: { severity: 'warning', meaning: 'tokenizer.json differs from that of the other steps' },
  format_changed: { severity: 'warning', meaning: 'format, number or size of the weight files differ' },
  dtype_changed: {
    severity: 'warning',
    meaning: 'values are stored as another type than at the other steps',
  },
  unexpected_revision: { severity: 'warning', meaning: 'a revision fits no step of the suite' },
  fault_not_seen: { severity: 'warning', meaning: 'a known fault is not there any more' },
} as const satisfies Record<string, { readonly severity: Severity; readonly meaning: string }>;

export type FindingKind = keyof typeof FINDING_KINDS;

/** One thing to know of one checkpoint. */
export interface Finding {
  readonly seed: number;
  /** Null where it is about the run. */
  readonly step: number | null;
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** What was seen, in words. */
  readonly evidence: string;
  /** The step, or `main`, that it equals or comes from. */
  readonly equals: number | 'main' | null;
  /** URL of the report of the fault, where the manifest knows it. */
  readonly report: string | null;
}

/** How much an audit reads: listings only, the start of some tensors, or everything. */
export const AUDIT_DEPTHS = ['listing', 'sample', 'all'] as const;
export type AuditDepth = (typeof AUDIT_DEPTHS)[number];
