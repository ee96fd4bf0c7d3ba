import { parentPort } from 'node:worker_threads';
import { packFailure, type Message, type Work } from './messages.js';
import { TaskRunner } from './task-runner.js';

const runner = new TaskRunner();

async function handle(message: Message): Promise<void> {
  if (message.kind === 'forget') return runner.forget(message.checkpoint);
  const { work, port } = message;
  try {
    port.postMessage({ kind: 'done', ...(await run(work)) });
  } catch (error) {
    port.postMessage({ kind: 'failed', failure: packFailure(error) });
  }
}

function run(work: Work): Promise<object> {
  // Nothing is let in between batches: the pool ends the thread of a sweep that is interrupted.
  if (work.kind === 'facts') return runner.facts(work.where);
  if (work.kind === 'classify') return runner.classify(work.task);
  return runner.model(work.job, () => Promise.resolve());
}

// One after the other: an engine serves one task at a time, and a model is forgotten after what came before.
let last = Promise.resolve();
parentPort?.on('message', (message: Message) => {
  last = last.then(() => handle(message));
});
