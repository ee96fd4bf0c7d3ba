/**
 * Fetches all files of a commit in a process of its own, with the built program, and prints one JSON event per line;
 * the last is `{"kind":"end","seconds":...}` or the facts of an error.
 * node test/support/fetch-process.js ENDPOINT CACHE REPO REVISION
 */
import { fetchFiles } from '../../dist/hub/download/fetch-files.js';
import { openHub } from '../../dist/hub/hub.js';
import { listFiles } from '../../dist/hub/listing/list-files.js';
import { resolveRevision } from '../../dist/hub/listing/resolve-revision.js';

const [endpoint, cacheDir, repo, revision] = process.argv.slice(2);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const controller = new AbortController();
process.on('SIGINT', () => controller.abort());
const start = performance.now();
try {
  const hub = openHub({ endpoint, cacheDir });
  const commit = await resolveRevision({ hub, repo, revision });
  const files = await listFiles({ hub, repo, commit });
  await fetchFiles({ hub, repo, commit, files, onProgress: say, signal: controller.signal });
  say({ kind: 'end', seconds: (performance.now() - start) / 1000 });
} catch (error) {
  say({ text: String(error), isError: error instanceof Error, ...error });
}
