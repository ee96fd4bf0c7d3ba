/** A sweep as a cluster runs it: every worker takes its share of the checkpoints, a last job unites what they wrote. */
export interface ClusterJob {
  /** Name that the cluster shows: letters, digits, `-`. */
  readonly name: string;
  /** The program and its first arguments, as words. */
  readonly program: readonly string[];
  /** File with the sweep's settings, on storage that all workers share; so are the next three. */
  readonly config: string;
  readonly spool: string;
  readonly db: string;
  readonly logs: string;
  /** Workers, each with a share. */
  readonly shards: number;
  /** Workers that run together, at most. */
  readonly atOnce: number;
  readonly resources: Resources;
}

/** What one worker is given. */
export interface Resources {
  readonly cpus: number;
  readonly gpus: number;
  readonly memoryBytes: number;
  readonly seconds: number;
}

/** Times that a worker is put into the queue again after it was killed; then its checkpoints are left to the last job. */
export const RESTARTS = 5;

/** Words of a worker's command. */
export function workerCommand({ program, config, spool }: ClusterJob, shard: string): string[] {
  return [...program, 'sweep', '--config', config, '--shard', shard, '--spool', spool];
}

/**
 * Words of the last job's one command: a sweep puts the spool into the database, sets aside what is damaged there, and
 * computes whatever no worker finished. A merge before it would only stop where a batch is damaged or no spool is there.
 */
export function finishCommand({ program, config, spool, db }: ClusterJob): string[] {
  return [...program, 'sweep', '--config', config, '--spool', spool, '--db', db];
}

/** A word as a POSIX shell reads it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
