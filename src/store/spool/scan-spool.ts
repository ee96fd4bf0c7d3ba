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

/**
 * Reads all manifests of a spool and holds every file against its hash. A spool that does not exist is empty.
 * @param options.verify false: the files are taken to be what the manifests say
 * @throws UnreadableError when something in it cannot be read
 */
export async function scanSpool(spool: string, { verify = true } = {}): Promise<SpoolContent> {
  if (existsSync(spool) && !statSync(spool).isDirectory())
    throw new UnreadableError(spool, 'it is no folder');
  const batches: SpooledBatch[] = [];
  const damaged: DamagedBatch[] = [];
  let otherVersions = 0;
  const audits: SpooledAudit[] = [];
  for (const suite of await partitions(spool, 'suite')) {
    for (const { path } of await partitions(suite.path, 'audit')) {
      const read = await readAudit(path, { verify });
      if (read.kind === 'whole') audits.push(read.audit);
      else if (read.kind === 'damaged') damaged.push({ folder: path, problem: read.problem });
      else otherVersions++;
    }
    for (const step of await partitions(suite.path, 'step'))
      for (const { path, value } of await partitions(step.path, 'batch')) {
        const read = await readBatch(path, value, { verify });
        if (read.kind === 'whole') batches.push(read.batch);
        else if (read.kind === 'damaged') damaged.push({ folder: path, problem: read.problem });
        else otherVersions++;
      }
  }
  return { batches, audits, damaged, otherVersions };
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
