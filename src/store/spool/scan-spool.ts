import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UnreadableError } from '../../errors/errors.js';
import { unlessAbsent } from '../../files/read.js';
import { readAudit, type SpooledAudit } from './audit.js';
import { readBatch, type DamagedBatch, type SpooledBatch } from './batch.js';
import { ASIDE } from './layout.js';

/** What lies in a spool. */
export interface SpoolContent {
  /** Whole batches, in the order of their paths. */
  readonly batches: readonly SpooledBatch[];
  /** Whole audits. */
  readonly audits: readonly SpooledAudit[];
  readonly damaged: readonly DamagedBatch[];
  /** Batches that another version of the program wrote. */
  readonly otherVersions: number;
}

/**
 * Folders in `folder` whose names begin with `key=`, with what follows it; none where there is no folder.
 * @throws UnreadableError
 */
async function partitions(folder: string, key: string): Promise<{ path: string; value: string }[]> {
  const names = await readdir(folder).catch(unlessAbsent<string[]>(folder, []));
  return names
    .filter((name) => name.startsWith(`${key}=`))
    .sort()
    .map((name) => ({ path: join(folder, name), value: name.slice(key.length + 1) }));
}

/** A folder of a spool that holds results. */
export interface ResultFolder {
  readonly kind: 'batch' | 'audit';
  readonly path: string;
  /** Its name without `batch=` or `audit=`. */
  readonly value: string;
}

/**
 * The folders of a spool that hold results, in the order of their paths; nothing of them is read.
 * @throws UnreadableError
 */
export async function listSpool(spool: string): Promise<ResultFolder[]> {
  if (existsSync(spool) && !statSync(spool).isDirectory())
    throw new UnreadableError(spool, 'it is no folder');
  const folders: ResultFolder[] = [];
  for (const suite of await partitions(spool, 'suite')) {
    for (const audit of await partitions(suite.path, 'audit')) folders.push({ kind: 'audit', ...audit });
    for (const step of await partitions(suite.path, 'step'))
      for (const batch of await partitions(step.path, 'batch')) folders.push({ kind: 'batch', ...batch });
  }
  return folders;
}

export interface ReadOptions {
  /** False: the files are taken to be what the manifests say. Default true. */
  readonly verify?: boolean;
  /** Called after each folder; what it throws ends the reading. */
  readonly onRead?: () => void;
}

/**
 * Reads manifests and holds every file against its hash.
 * @throws UnreadableError when something cannot be read
 */
export async function readResults(
  folders: readonly ResultFolder[],
  { verify = true, onRead }: ReadOptions = {},
): Promise<SpoolContent> {
  const batches: SpooledBatch[] = [];
  const audits: SpooledAudit[] = [];
  const damaged: DamagedBatch[] = [];
  let otherVersions = 0;
  for (const { kind, path, value } of folders) {
    const read =
      kind === 'audit' ? await readAudit(path, { verify }) : await readBatch(path, value, { verify });
    if (read.kind === 'damaged') damaged.push({ folder: path, problem: read.problem });
    else if (read.kind === 'otherVersion') otherVersions++;
    else if ('audit' in read) audits.push(read.audit);
    else batches.push(read.batch);
    onRead?.();
  }
  return { batches, audits, damaged, otherVersions };
}

/**
 * Reads all manifests of a spool and holds every file against its hash. A spool that does not exist is empty.
 * @throws UnreadableError when something in it cannot be read
 */
export async function scanSpool(spool: string, options: ReadOptions = {}): Promise<SpoolContent> {
  return readResults(await listSpool(spool), options);
}

/**
 * Steps of which a batch was set aside at some time, as `stepFolder` names them: the database may hold units of theirs
 * that the spool has lost.
 * @throws UnreadableError
 */
export async function suspectSteps(spool: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const place = join(spool, ASIDE);
  for (const suite of await partitions(place, 'suite'))
    for (const { path } of await partitions(suite.path, 'step'))
      found.add(join(spool, relative(place, path)));
  return found;
}
