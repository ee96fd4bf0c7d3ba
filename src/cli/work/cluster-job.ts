import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ClusterJob } from '../../cluster/job.js';
import { parseByteSize } from '../../config/byte-size.js';
import { UsageError } from '../../errors/errors.js';
import { packagePath } from '../../files/package.js';
import { tryFolder } from '../../files/try-folder.js';
import { writeFailure, writeWhole } from '../../files/write.js';
import { estimateWorker, type WorkerEstimate } from '../../sweep/plan/estimate-worker.js';
import { nearestName } from '../options/nearest.js';
import { parseDuration } from '../options/parse-duration.js';
import { resolveSweep, type ResolvedSweep } from '../options/resolve-sweep.js';
import { readSettings } from '../commands/sweep.js';
import { placeSettings, type PlacedSettings } from './place-settings.js';

/** A job and the files' settings. */
export interface DescribedJob extends PlacedSettings {
  readonly job: ClusterJob;
  readonly folder: string;
}

/**
 * The job that the options describe.
 * @param storage folder that the workers share, where they do not see this machine's files; default: that of `--out`
 * @throws UnwritableError where `--out` cannot be written; what `resolveSweep` and `estimateWorker` throw
 */
export async function describeJob(
  options: Readonly<Record<string, unknown>>,
  storage?: string,
): Promise<DescribedJob> {
  const given = await readSettings(options);
  const resolved = await resolveSweep(given);
  const { name } = resolved.suite.manifest;
  const folder = resolve(text(options['out']) ?? `heuristrace-cluster/${name}`);
  tryFolder(folder, join(folder, `.trying.${process.pid}`)); // an estimate takes long
  const root = storage ?? folder;
  const placed = await placeSettings(given.settings, resolved, storage);
  const [shards, cpus] = [count(options['jobs'], 1), count(options['cpus'], 1)];
  const [memory, time] = [text(options['memory']), text(options['time'])];
  const estimate = memory === null || time === null ? await estimated(resolved, { shards, cpus }) : null;
  const shown = `heuristrace-${name}`.replaceAll(/[^a-zA-Z0-9-]/g, '-').toLowerCase();
  const job = {
    name: shown.slice(0, 52).replace(/-+$/, ''), // what Kubernetes allows with an index behind it
    program: [process.execPath, packagePath('dist/cli/main.js')],
    config: join(root, 'sweep.json'),
    spool: text(placed.settings['spool']) ?? join(root, 'spool'),
    db: text(placed.settings['db']) ?? join(root, `${name}.duckdb`),
    logs: join(root, 'logs'),
    shards,
    atOnce: count(options['atOnce'], shards),
    resources: {
      cpus,
      gpus: count(options['gpus'], 0),
      memoryBytes: memory === null ? (estimate?.memoryBytes ?? NaN) : parseByteSize(memory, '--memory'),
      seconds: time === null ? (estimate?.seconds ?? NaN) : parseDuration('--time', time),
    },
  };
  return { job, settings: { workers: cpus, ...placed.settings }, files: placed.files, folder };
}

async function estimated(
  { suite, config, presets, db }: ResolvedSweep,
  { shards, cpus }: { readonly shards: number; readonly cpus: number },
): Promise<WorkerEstimate> {
  return estimateWorker({ suite, config, presets, db, workers: 0, nearest: nearestName }, { shards, cpus });
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const count = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
/** JSON as people write it. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes files into a folder, which is made with one for logs. @throws UnwritableError */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, 'logs'), { recursive: true }).catch((error: unknown) =>
    writeFailure(folder, error),
  );
  for (const [name, content] of Object.entries(files)) await writeWhole(join(folder, name), content);
}

/** Runs a script that submits jobs. @returns what to tell of it @throws UsageError when it fails */
export async function submit(script: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('sh', [script]);
    return `submitted: ${stdout.trim()}`;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`the jobs could not be submitted: ${said}`, `Submit them yourself: sh ${script}`);
  }
}
