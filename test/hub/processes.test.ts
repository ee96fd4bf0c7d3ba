import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { projectPath } from '../support/fixtures.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';
import type { StandInHub } from '../support/stand-in-hub.js';
import { sha256 } from '../support/stand-in-repo.js';

const REPO = 'someone/model-a';
const WEIGHTS = noise(4_000_000, 5);
const FILES = { 'model.safetensors': WEIGHTS };
const BLOBS = 'models--someone--model-a/blobs';

/** Starts another process that fetches a commit. */
function fetchingProcess(
  standing: StandInHub,
  cacheDir: string,
  commit: string,
  stallSeconds: number,
  env: Readonly<Record<string, string>> = {},
) {
  const script = projectPath('test/support/fetch-process.js');
  const child = spawn(process.execPath, [script, standing.endpoint, cacheDir, REPO, commit], {
    env: { PATH: process.env['PATH'], HF_HUB_DOWNLOAD_TIMEOUT: String(stallSeconds), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const lineReader = createInterface(child.stdout);
  /** Resolves when a line that matches was printed. */
  const seen = (match: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      if (lines.some((line) => match.test(line))) resolve();
      lineReader.on('line', (line) => match.test(line) && resolve());
      child.on('close', () => {
        if (!lines.some((line) => match.test(line))) reject(new Error(`ended without ${String(match)}`));
      });
    });
  lineReader.on('line', (line) => lines.push(line));
  return { child, seen, lines, closed };
}

it('a process killed in the middle leaves what the next one continues', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  const cacheDir = scratchFolder();
  standing.plant('cdn', /repos/, { kind: 'stall', after: 2_500_000 });
  const other = fetchingProcess(standing, cacheDir, main, 100);
  await other.seen(/"bytes":2\d{6}/);
  other.child.kill('SIGKILL');
  await other.closed;

  const [left = ''] = readdirSync(join(cacheDir, BLOBS));
  expect(left).toMatch(/incomplete$/);
  const { size } = statSync(join(cacheDir, BLOBS, left));
  expect(size).toBeGreaterThan(2_000_000);
  const hub = hubAt(standing, { cacheDir });
  const [fetched] = await fetchAll({ hub, repo: REPO, commit: main });
  expect(fetched).toMatchObject({ source: 'network', receivedBytes: WEIGHTS.length - size });
  expect(readFileSync(fetched?.localPath ?? '').equals(WEIGHTS)).toBe(true);
  expect(readdirSync(join(cacheDir, BLOBS))).toEqual([sha256(WEIGHTS)]);
  // The dead process's lock was broken at once, not waited for.
  expect(hub.clock).toMatchObject({ waits: [] });
});

it('two processes that want the same file fetch it once', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  const cacheDir = scratchFolder();
  standing.plant('cdn', /repos/, { kind: 'stall', after: 1_500_000 });
  const first = fetchingProcess(standing, cacheDir, main, 3);
  await first.seen(/"bytes":1\d{6}/);
  const second = fetchingProcess(standing, cacheDir, main, 3);
  await second.seen(/"kind":"waiting"/);
  await Promise.all([first.seen(/"end"/), second.seen(/"end"/)]);
  expect(first.lines.join()).toMatch(/"done".*"network"/);
  expect(second.lines.join()).toMatch(/"done".*"cache"/);
  expect(second.lines.join()).toContain(`process ${first.child.pid ?? 0}`);
  // The one that stalled, and its continuation.
  expect(standing.requests.filter(({ where }) => where === 'cdn').map(({ status }) => status)).toEqual([
    200, 206,
  ]);
  expect(readdirSync(join(cacheDir, BLOBS))).toEqual([sha256(WEIGHTS)]);
  expect(readdirSync(join(cacheDir, '.locks/models--someone--model-a'))).toEqual([]);
});

it('an interruption is obeyed in the middle, and what is there is continued', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  const cacheDir = scratchFolder();
  standing.plant('cdn', /repos/, { kind: 'stall', after: 2_500_000 });
  const other = fetchingProcess(standing, cacheDir, main, 100);
  await other.seen(/"bytes":2\d{6}/);
  other.child.kill('SIGINT');
  await other.closed;
  expect(JSON.parse(other.lines.at(-1) ?? '')).toMatchObject({
    kind: 'interrupted',
    name: 'InterruptedError',
  });
  expect(readdirSync(join(cacheDir, '.locks/models--someone--model-a'))).toEqual([]);
  const [fetched] = await fetchAll({ hub: hubAt(standing, { cacheDir }), repo: REPO, commit: main });
  expect(fetched?.receivedBytes).toBeLessThan(2_000_000);
});

it('the thread of downloads has the token too, and sends it to the Hub alone', async () => {
  const standing = await standIn({ token: 'hf_of_mine' });
  const { main = '' } = standing.addRepo(REPO, { main: FILES }, { access: 'private' });
  const other = fetchingProcess(standing, scratchFolder(), main, 100, { HF_TOKEN: 'hf_of_mine' });
  await other.seen(/"end"/);
  const sent = standing.requests.map(({ where, authorization }) => [where, authorization]);
  expect(new Set(sent.map(String))).toEqual(new Set(['hub,Bearer hf_of_mine', 'cdn,']));
});

it('errors of the thread of downloads keep their class and facts', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  standing.plant('cdn', /repos/, { kind: 'corrupt' }, 2);
  const other = fetchingProcess(standing, scratchFolder(), main, 100);
  await other.closed;
  expect(other.lines.join('\n')).toMatch(/"kind":"retry".*checksum/);
  expect(JSON.parse(other.lines.at(-1) ?? '')).toMatchObject({
    isError: true,
    text: expect.stringMatching(
      /^DownloadChecksumError: someone\/model-a: model.safetensors arrives/,
    ) as unknown,
    name: 'DownloadChecksumError',
    kind: 'downloadChecksum',
    path: 'model.safetensors',
    expected: sha256(WEIGHTS),
  });
});

it('what another program left of a file is not trusted: a damaged beginning is found and fetched anew', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  standing.plant('cdn', /repos/, { kind: 'reset', after: 3_000_000 }, 1);
  const hub = hubAt(standing, { attempts: 1 });
  await expect(fetchAll({ hub, repo: REPO, commit: main })).rejects.toMatchObject({ exitCode: 66 });
  const [left = ''] = readdirSync(join(hub.cacheDir, BLOBS));
  writeFileSync(join(hub.cacheDir, BLOBS, left), noise(2_000_000, 99));
  const [fetched] = await fetchAll({
    hub: hubAt(standing, { cacheDir: hub.cacheDir }),
    repo: REPO,
    commit: main,
  });
  expect(readFileSync(fetched?.localPath ?? '').equals(WEIGHTS)).toBe(true);
});
