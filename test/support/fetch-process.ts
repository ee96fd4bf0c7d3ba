/**
 * Fetches all files of a commit in a process of its own and prints one JSON event per line, then `{"kind":"end"}`.
 * node --import ./test/support/typescript.js test/support/fetch-process.ts ENDPOINT CACHE REPO COMMIT
 */
import { fetchFiles } from '../../src/hub/fetch-files.js';
import { openHub } from '../../src/hub/hub.js';
import { listFiles } from '../../src/hub/list-files.js';

const [endpoint = '', cacheDir = '', repo = '', commit = ''] = process.argv.slice(2);
const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const hub = openHub({ endpoint, cacheDir });
const files = await listFiles({ hub, repo, commit });
await fetchFiles({ hub, repo, commit, files, onProgress: say });
say({ kind: 'end' });
