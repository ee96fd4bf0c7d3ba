/**
 * Throughput of downloads from the stand-in Hub: ours (verified, synced to disk) against huggingface_hub for Python
 * (neither), on the same files, in turn, each into an empty cache. Python is taken from HEURISTRACE_PYTHON.
 * npm run build &&
 * node --import ./bench/typescript.js bench/download.ts [files] [megabytes each] [rounds]
 */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [files = '4', megabytes = '75', rounds = '3'] = process.argv.slice(2);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const loader = here('typescript.js');
const server = spawn(process.execPath, ['--import', loader, here('stand-in-process.ts'), files, megabytes], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const lines = createInterface(server.stdout);
const endpoint = await new Promise<string>((resolve) => lines.once('line', resolve));
const repo = 'bench/model';

function ours(cacheDir: string): number {
  const script = here('../test/support/fetch-process.js');
  const printed = execFileSync(process.execPath, [script, endpoint, cacheDir, repo, 'main']).toString();
  return Number(/"end","seconds":([0-9.]+)/.exec(printed)?.[1]);
}

function pythons(cacheDir: string): number {
  const python = process.env['HEURISTRACE_PYTHON'] ?? here('../.venv-hub/bin/python');
  return Number(execFileSync(python, [here('download.py'), endpoint, cacheDir]).toString());
}

function timed(name: string, fetchInto: (cacheDir: string) => number): void {
  const cacheDir = mkdtempSync(join(tmpdir(), 'heuristrace-bench-'));
  const seconds = fetchInto(cacheDir);
  rmSync(cacheDir, { recursive: true });
  const speed = (Number(files) * Number(megabytes)) / seconds;
  process.stdout.write(`${name.padEnd(16)} ${seconds.toFixed(2)} s  ${speed.toFixed(0)} MB/s\n`);
}

for (let round = 0; round < Number(rounds); round++) {
  timed('huggingface_hub', pythons);
  timed('heuristrace', ours);
}
server.kill();
