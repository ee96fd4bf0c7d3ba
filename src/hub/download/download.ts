import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { downloadBlob, type Download } from './download-blob.js';
import { unpackError, type FromThread, type ToThread } from './download-messages.js';
import type { Hub } from '../hub.js';

interface Job {
  readonly download: Download;
  readonly resolve: (receivedBytes: number) => void;
  readonly reject: (error: unknown) => void;
}

/** The thread that downloads for one Hub. */
interface Thread {
  readonly run: (download: Download) => Promise<number>;
}

/** Starting a thread takes as long as a file of this size. */
const WORTH_A_THREAD_BYTES = 1 << 20;
const WORKER = new URL('./download-worker.js', import.meta.url);
const threads = new WeakMap<Hub, Thread>();

function startThread(hub: Hub, settings: NonNullable<Hub['forThread']>): Thread {
  const worker = new Worker(WORKER);
  const tell = (message: ToThread): void => worker.postMessage(message);
  tell({ kind: 'open', settings: settings() });
  const jobs = new Map<number, Job>();
  let lastId = 0;
  // The thread keeps the process alive only while it works.
  worker.unref();
  const finish = (id: number): void => {
    jobs.delete(id);
    if (jobs.size === 0) worker.unref();
  };
  worker.on('message', (message: FromThread) => {
    const job = jobs.get(message.id);
    if (job === undefined) return;
    if (message.kind === 'bytes') job.download.onBytes?.(message.bytes);
    else if (message.kind === 'retry') job.download.onRetry?.(message.notice);
    else {
      finish(message.id);
      if (message.kind === 'done') job.resolve(message.receivedBytes);
      else job.reject(unpackError(message.failure));
    }
  });
  const fail = (error: unknown): void => {
    threads.delete(hub);
    for (const [id, job] of jobs) {
      finish(id);
      job.reject(error);
    }
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the thread of downloads ended')));
  return {
    run: (download) => {
      const { repo, commit, file, partial, signal } = download;
      const id = ++lastId;
      const stop = (): void => tell({ kind: 'stop', id });
      return new Promise<number>((resolve, reject) => {
        jobs.set(id, { download, resolve, reject });
        worker.ref();
        tell({ kind: 'start', id, repo, commit, file, partial });
        if (signal?.aborted === true) stop();
        signal?.addEventListener('abort', stop, { once: true });
      }).finally(() => signal?.removeEventListener('abort', stop));
    },
  };
}

/**
 * `downloadBlob` in a thread of its own, so that the next checkpoint arrives at full speed while the engine keeps this
 * thread busy with the last. In the calling thread for small files, where fetch or clock were given, and where the program runs from its
 * sources.
 * @throws as `downloadBlob`
 */
export function download(params: Download): Promise<number> {
  const { hub, file } = params;
  const here = file.size < WORTH_A_THREAD_BYTES || !existsSync(fileURLToPath(WORKER));
  if (hub.forThread === null || here) return downloadBlob(params);
  const thread = threads.get(hub) ?? startThread(hub, hub.forThread);
  threads.set(hub, thread);
  return thread.run(params);
}
