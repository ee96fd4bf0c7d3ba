import { mkdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CacheLockedError } from '../../errors/hub-errors.js';
import { errnoOf, writeFailure } from '../../files/write.js';
import { stopIfAborted, type Clock } from '../requests/clock.js';
import { isRunning, parseProcessId, type ProcessId, thisProcess } from '../../files/process-id.js';

/** The holder renews the file's time this often, for processes on other machines that share the cache. */
const HEARTBEAT_MS = 5_000;
/** Without a heartbeat for this long, a holder that cannot be asked is taken for dead. */
const SILENCE_MS = 60_000;
/** A download of the largest shards over a slow line. */
const PATIENCE_MS = 6 * 3_600_000;
const [FIRST_POLL_MS, LONGEST_POLL_MS] = [100, 2_000];

/** Creates a file that must not exist. @returns false when it does */
async function createNew(path: string): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(thisProcess()), { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    // An empty lock that a full disk left behind would hold everyone up.
    await unlink(path).catch(() => undefined);
    return writeFailure(path, error);
  }
}

interface Seen {
  readonly content: string;
  readonly mtimeMs: number;
}

async function look(path: string): Promise<Seen | undefined> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { content, mtimeMs };
  } catch {
    return undefined;
  }
}

/**
 * Removes a lock whose holder is gone. Two processes may find this out at once: a second lock lets one of them look
 * again and remove, so that nobody removes the fresh lock of the other.
 */
async function breakStale(path: string, stale: Seen): Promise<void> {
  const breaker = `${path}.breaking`;
  const old = await look(breaker);
  if (old !== undefined && Date.now() - old.mtimeMs > SILENCE_MS)
    await unlink(breaker).catch(() => undefined);
  if (!(await createNew(breaker))) return;
  try {
    const now = await look(path);
    if (now?.content === stale.content && now.mtimeMs === stale.mtimeMs) await unlink(path);
  } finally {
    await unlink(breaker).catch(() => undefined);
  }
}

/**
 * Runs `work` while this process alone holds the lock file. A lock of a process that is gone is broken: found by pid
 * and start time on this machine, by a missing heartbeat on others. Otherwise waits, and says for whom.
 * @throws CacheLockedError after hours of waiting, InterruptedError, UnwritableError, DiskFullError
 */
export async function withLock<T>(
  params: {
    readonly path: string;
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
    /** Called once, when another process turns out to hold the lock. */
    readonly onWait?: ((holder: string) => void) | undefined;
    readonly patienceMs?: number;
  },
  work: () => Promise<T>,
): Promise<T> {
  const { path, clock, signal, onWait, patienceMs = PATIENCE_MS } = params;
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) =>
    writeFailure(dirname(path), error),
  );
  const start = clock.now();
  let seen: (Seen & { readonly since: number }) | undefined;
  for (let poll = FIRST_POLL_MS; !(await createNew(path)); poll = Math.min(LONGEST_POLL_MS, poll * 1.5)) {
    stopIfAborted(signal);
    const current = await look(path);
    if (current === undefined) continue;
    const holder = parseProcessId(current.content);
    const running = holder === undefined ? null : isRunning(holder);
    if (seen?.mtimeMs !== current.mtimeMs) seen = { ...current, since: clock.now() };
    const silent = clock.now() - seen.since > SILENCE_MS;
    if (running === false || (running === null && silent)) {
      await breakStale(path, current);
      continue;
    }
    const name = holder === undefined ? 'another process' : `process ${holder.pid}`;
    if (clock.now() - start > patienceMs) throw new CacheLockedError(path, name);
    // What this process does itself, it needs not be told.
    if (poll === FIRST_POLL_MS && !isThisProcess(holder)) onWait?.(name);
    await clock.sleep(poll, signal);
  }
  const heartbeat = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await unlink(path).catch(() => undefined);
  }
}

function isThisProcess(id: ProcessId | undefined): boolean {
  const self = thisProcess();
  return id?.machine === self.machine && id.pid === self.pid;
}
