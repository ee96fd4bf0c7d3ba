/**
 * Throughput of downloads from the stand-in Hub: ours (verified, synced to disk) against huggingface_hub for Python
 * (neither), on the same files, in turn, each into an empty cache. Python is taken from HEURISTRACE_PYTHON.
 * node --import ./test/support/typescript.js bench/download.ts [files] [megabytes each] [rounds]
 */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchFiles } from '../src/hub/fetch-files.js';
import { openHub } from '../src/hub/hub.js';
import { listFiles } from '../src/hub/list-files.js';
import { resolveRevision } from '../src/hub/resolve-revision.js';

const [files = '4', megabytes = '75', rounds = '3'] = process.argv.slice(2);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const loader = here('../test/support/typescript.js');
const server = spawn(process.execPath, ['--import', loader, here('stand-in-process.ts'), files, megabytes], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const lines = createInterface(server.stdout);
const endpoint = await new Promise<string>((resolve) => lines.once('line', resolve));
const repo = 'bench/model';

async function ours(cacheDir: string): Promise<number> {
  const start = performance.now();
  const hub = openHub({ endpoint, cacheDir, env: {} });
  const commit = await resolveRevision({ hub, repo, revision: 'main' });
  await fetchFiles({ hub, repo, commit, revision: 'main', files: await listFiles({ hub, repo, commit }) });
  return (performance.now() - start) / 1000;
}

function pythons(cacheDir: string): number {
  const python = process.env['HEURISTRACE_PYTHON'] ?? here('../.venv-hub/bin/python');
  return Number(execFileSync(python, [here('download.py'), endpoint, cacheDir]).toString());
}

async function timed(name: string, fetchInto: (cacheDir: string) => number | Promise<number>): Promise<void> {
  const cacheDir = mkdtempSync(join(tmpdir(), 'heuristrace-bench-'));
  const seconds = await fetchInto(cacheDir);
  rmSync(cacheDir, { recursive: true });
  const speed = (Number(files) * Number(megabytes)) / seconds;
  process.stdout.write(`${name.padEnd(16)} ${seconds.toFixed(2)} s  ${speed.toFixed(0)} MB/s\n`);
}

for (let round = 0; round < Number(rounds); round++) {
  await timed('huggingface_hub', pythons);
  await timed('heuristrace', ours);
}
server.kill();
