import type { Suite } from '../../config/find-suite.js';
import type { AuditDepth, Finding } from '../../domain/audit-finding.js';
import type { Hub } from '../../hub/hub.js';

/** What to audit. */
export interface AuditRequest {
  readonly suite: Suite;
  /** Opens the Hub, for a suite that is there. */
  readonly hub: () => Hub;
  /** Seeds of the runs; all that are there when empty. */
  readonly seeds?: readonly number[];
  /** Selection of steps (see `selectSteps`); all when empty. */
  readonly steps?: string;
  /** How much is read; default listings only. */
  readonly depth?: AuditDepth;
  readonly onProgress?: (progress: AuditProgress) => void;
  readonly signal?: AbortSignal;
}

export interface AuditProgress {
  readonly stage: 'listing' | 'reading';
  readonly done: number;
  readonly total: number;
  readonly bytesRead: number;
}

/** Bytes read of one weight file. */
export interface ReadFile {
  readonly seed: number;
  readonly revision: string;
  readonly path: string;
  readonly size: number;
  readonly bytesRead: number;
}

export interface AuditReport {
  readonly suite: string;
  readonly depth: AuditDepth;
  /** Audited steps of each run, those that are missing included. */
  readonly runs: readonly {
    readonly seed: number;
    readonly source: string;
    readonly steps: readonly number[];
  }[];
  readonly findings: readonly Finding[];
  /** Bytes of the weights of the audited checkpoints. */
  readonly weightBytes: number;
  /** Bytes of weights read to audit them. */
  readonly bytesRead: number;
  /** Weight files that were opened. */
  readonly files: readonly ReadFile[];
}
