import pLimit from 'p-limit';
import { auditRuns } from '../../audit/audit-run.js';
import { filesKey } from '../../audit/equal-weights.js';
import type { KnownFault, RunFacts, StepCheckpoint, TensorFacts } from '../../audit/facts.js';
import { isHubSuite, type Suite } from '../../config/find-suite.js';
import { faultsAt } from '../../config/hub-suite.js';
import { InterruptedError } from '../../errors/errors.js';
import { isAboutFile, listCheckpoint, type Listing, type TextCache } from './audit-checkpoint.js';
import { planAudit, type AuditPlan, type PlannedCheckpoint } from './audit-plan.js';
import type { AuditProgress, AuditReport, AuditRequest, ReadFile } from './audit-request.js';
import { readTensors } from './audit-tensors.js';

/** Listings asked for at the same time. */
const LISTINGS = 8;
/** Checkpoints read at the same time: each holds a tensor in memory. */
const READERS = 4;

/**
 * Audits the checkpoints of a suite: what is there, whether it is whole, and how the checkpoints compare with each other
 * and with the final model. Files with the same content are read once.
 * @throws UnknownNameError, UsageError, MissingCheckpointError for what is asked; the errors of the Hub; InterruptedError
 */
export async function auditSuite(request: AuditRequest): Promise<AuditReport> {
  const { suite, depth = 'listing', onProgress, signal } = request;
  const asked = await planAudit(request);
  const planned = asked.flatMap(({ checkpoints, main }) => [
    ...checkpoints,
    ...(main === null ? [] : [main]),
  ]);
  const texts: TextCache = new Map();
  const counts = { bytesRead: 0 };
  const report = (stage: AuditProgress['stage'], done: number, total: number): void =>
    onProgress?.({ stage, done, total, ...counts });

  const listings = new Map<PlannedCheckpoint, Listing>();
  await inParallel({ many: LISTINGS, signal }, planned, async (one) => {
    listings.set(one, await listCheckpoint(one.source, texts, one.promised));
    report('listing', listings.size, planned.length);
  });
  const plans = asked.map((plan) => withoutUnknown(plan, listings));

  const files: ReadFile[] = [];
  const tensors = new Map<string, Promise<Opened>>();
  const opened = new Map<PlannedCheckpoint, Opened>();
  if (depth !== 'listing')
    await inParallel({ many: READERS, signal }, planned, async (one) => {
      const listing = listings.get(one);
      const key = listing === undefined ? null : filesKey(listing.checkpoint);
      if (listing === undefined || key === null || listing.checkpoint.lacks.length > 0) return;
      const reading =
        tensors.get(key) ??
        open(listing, request, depth, (path, size, bytes) => {
          counts.bytesRead += bytes;
          files.push({ seed: one.seed, revision: one.source.revision, path, size, bytesRead: bytes });
        });
      tensors.set(key, reading);
      opened.set(one, await reading);
      report('reading', opened.size, planned.length);
    });

  const runs = plans.map((plan) => runFacts(plan, listings, opened));
  const audited = runs.flatMap((run) => run.checkpoints.filter(({ step }) => run.audited.has(step)));
  return {
    suite: suite.manifest.name,
    depth,
    runs: plans.map(({ seed, source, audited: steps }) => ({ seed, source, steps })),
    findings: auditRuns({ runs, faults: knownFaults(suite) }),
    weightBytes: audited.flatMap(({ weights }) => weights).reduce((sum, { size }) => sum + size, 0),
    bytesRead: counts.bytesRead,
    files: merged(files),
  };
}

/** A plan without checkpoints of which too little is here to say anything: a cache may hold parts of what was published. */
function withoutUnknown(plan: AuditPlan, listings: ReadonlyMap<PlannedCheckpoint, Listing>): AuditPlan {
  const isUnknown = (one: PlannedCheckpoint): boolean =>
    one.source.partial && (listings.get(one)?.checkpoint.lacks.length ?? 0) > 0;
  const unknown = new Set(plan.checkpoints.filter(isUnknown).map(({ step }) => step));
  return {
    ...plan,
    audited: plan.audited.filter((step) => !unknown.has(step)),
    checkpoints: plan.checkpoints.filter(({ step }) => !unknown.has(step)),
  };
}

interface Opened {
  readonly tensors: ReadonlyMap<string, TensorFacts> | null;
  readonly faulty: readonly string[];
}

async function open(
  listing: Listing,
  { suite }: AuditRequest,
  depth: 'sample' | 'all',
  onBytes: (path: string, size: number, bytes: number) => void,
): Promise<Opened> {
  const sizes = new Map(listing.weights.map(({ path, size }) => [path, size]));
  try {
    const tensors = await readTensors({
      listing,
      depth,
      architecture: suite.manifest.architecture,
      onBytes: (path, bytes) => onBytes(path, sizes.get(path) ?? 0, bytes),
    });
    return { tensors, faulty: [] };
  } catch (error) {
    if (!isAboutFile(error)) throw error;
    return { tensors: null, faulty: [error.message] };
  }
}

function runFacts(
  { seed, source, audited, missing, lastStep, unexpected, checkpoints, main }: AuditPlan,
  listings: ReadonlyMap<PlannedCheckpoint, Listing>,
  opened: ReadonlyMap<PlannedCheckpoint, Opened>,
): RunFacts {
  const factsOf = (one: PlannedCheckpoint) => {
    const listed = listings.get(one)?.checkpoint;
    if (listed === undefined) return null;
    const { tensors = null, faulty = [] } = opened.get(one) ?? {};
    return { ...listed, tensors, faulty: [...listed.faulty, ...faulty] };
  };
  const found = main === null ? null : factsOf(main);
  return {
    seed,
    source,
    audited: new Set(audited),
    missing,
    lastStep,
    unexpected,
    checkpoints: checkpoints.flatMap((one): StepCheckpoint[] => {
      const facts = factsOf(one);
      return facts === null || one.step === null ? [] : [{ ...facts, step: one.step }];
    }),
    main: found === null || found.weights.length === 0 ? null : found,
  };
}

function knownFaults(suite: Suite): KnownFault[] {
  if (!isHubSuite(suite)) return [];
  const { manifest } = suite;
  return manifest.faults.map((fault) => ({
    ...fault,
    covers: (seed, step) => faultsAt(manifest, seed, step).includes(fault),
  }));
}

/** One entry for each file. */
function merged(files: readonly ReadFile[]): ReadFile[] {
  const byFile = new Map<string, ReadFile>();
  for (const file of files) {
    const key = `${file.seed} ${file.revision} ${file.path}`;
    byFile.set(key, { ...file, bytesRead: file.bytesRead + (byFile.get(key)?.bytesRead ?? 0) });
  }
  return [...byFile.values()];
}

/** Does all, so many at a time; after a failure no more are begun. @throws InterruptedError when the signal aborts */
async function inParallel<T>(
  { many, signal }: { readonly many: number; readonly signal: AbortSignal | undefined },
  items: readonly T[],
  task: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(many);
  const unlessStopped = async (item: T): Promise<void> => {
    if (signal?.aborted === true) throw new InterruptedError();
    await task(item);
  };
  try {
    await Promise.all(items.map((item) => limit(() => unlessStopped(item))));
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}
