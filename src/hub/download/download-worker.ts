import { parentPort } from 'node:worker_threads';
import { downloadBlob } from './download-blob.js';
import { packError, type FromThread, type ToThread } from './download-messages.js';
import { openHub, type Hub } from '../hub.js';

/** The thread of downloads: see `download.ts`. */
let hub: Hub | undefined;
const running = new Map<number, AbortController>();
const say = (message: FromThread): void => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'open') hub = openHub({ ...message.settings, token: message.settings.token ?? false });
  else if (message.kind === 'stop') running.get(message.id)?.abort();
  else if (hub !== undefined) start(hub, message);
});

function start(from: Hub, message: Extract<ToThread, { kind: 'start' }>): void {
  const { id, repo, commit, file, partial } = message;
  const controller = new AbortController();
  running.set(id, controller);
  downloadBlob({
    hub: from,
    repo,
    commit,
    file,
    partial,
    signal: controller.signal,
    onBytes: (bytes) => say({ kind: 'bytes', id, bytes }),
    onRetry: (notice) => say({ kind: 'retry', id, notice }),
  })
    .then(
      (receivedBytes) => say({ kind: 'done', id, receivedBytes }),
      (error: unknown) => say({ kind: 'failed', id, failure: packError(error) }),
    )
    .finally(() => running.delete(id));
}
