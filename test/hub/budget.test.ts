import {
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  mkdirSync,
  writeFileSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBudget } from '../../src/hub/cache/budget.js';
import { missingBytes } from '../../src/hub/download/fetch-files.js';
import { cacheInventory, removeUnfinished } from '../../src/hub/cache/inventory.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { thisProcess } from '../../src/files/process-id.js';
import { sha256 } from '../support/stand-in-repo.js';

const REPO = 'someone/model-a';
const ROOT = 'models--someone--model-a';
const BYTES = 100_000;
/** Checkpoints of 100 kB each with a config of 2 bytes that all share. */
const BRANCHES = Object.fromEntries(
  [0, 1, 2, 3, 4].map((step) => [
    `step${step}`,
    { 'model.safetensors': noise(BYTES, step), 'config.json': '{}' },
  ]),
);

async function suite() {
  const standing = await standIn();
  const commits = standing.addRepo(REPO, BRANCHES);
  const hub = hubAt(standing);
  const commit = (step: number): string => commits[`step${step}`] ?? '';
  const has = (step: number): boolean =>
    existsSync(join(hub.cacheDir, ROOT, 'snapshots', commit(step), 'model.safetensors'));
  return { standing, hub, commit, has };
}

it('a sweep keeps within its budget by evicting what it is done with, oldest first', async () => {
  const { hub, commit, has } = await suite();
  const budget = await openBudget({ hub, limitBytes: 2.5 * BYTES });
  for (const step of [0, 1, 2, 3]) {
    await fetchAll({ hub, repo: REPO, commit: commit(step), revision: `step${step}`, budget });
    expect(budget.usedBytes()).toBeLessThanOrEqual(2.5 * BYTES);
    await budget.release({ repo: REPO, commit: commit(step) });
  }
  expect([0, 1, 2, 3].map(has)).toEqual([false, false, true, true]);
  // What steps 2 and 3 share with the evicted ones stays; nothing dangles, no ref leads nowhere.
  const [inventory] = await cacheInventory({ cacheDir: hub.cacheDir });
  expect(inventory).toMatchObject({
    bytes: 2 * BYTES + 2,
    evictableBytes: 2 * BYTES + 2,
    unfinishedBytes: 0,
  });
  const held = inventory?.revisions.filter(({ files }) => files.length === 2).map(({ commit: one }) => one);
  expect(held?.sort()).toEqual([commit(2), commit(3)].sort());
  await budget.close();
});

it('a checkpoint still needed is waited for, not evicted', async () => {
  const { hub, commit, has } = await suite();
  const budget = await openBudget({ hub, limitBytes: 1.5 * BYTES });
  await fetchAll({ hub, repo: REPO, commit: commit(0), budget });
  const order: string[] = [];
  const next = fetchAll({ hub, repo: REPO, commit: commit(1), budget }).then(() => order.push('fetched'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(has(0)).toBe(true);
  order.push('released');
  await budget.release({ repo: REPO, commit: commit(0) });
  await next;
  expect(order).toEqual(['released', 'fetched']);
  expect([has(0), has(1)]).toEqual([false, true]);
  const refused = fetchAll({ hub, repo: REPO, commit: commit(2), budget, whenFull: 'refuse' });
  await expect(refused).rejects.toMatchObject({ exitCode: 69, limit: 'budget' });
  const controller = new AbortController();
  const waiting = fetchAll({ hub, repo: REPO, commit: commit(2), budget, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(waiting).rejects.toMatchObject({ exitCode: 130 });
});

it('what can never fit is refused before a byte is fetched', async () => {
  const { standing, hub, commit } = await suite();
  const files = await listFiles({ hub, repo: REPO, commit: commit(0) });
  expect(await missingBytes({ hub, repo: REPO, commit: commit(0), files })).toBe(BYTES + 2);
  const budget = await openBudget({ hub, limitBytes: BYTES });
  const small = fetchAll({ hub, repo: REPO, commit: commit(0), budget });
  await expect(small).rejects.toMatchObject({ exitCode: 69, limit: 'budget', neededBytes: BYTES + 2 });
  const disk = fetchAll({ hub, repo: REPO, commit: commit(0), spareBytes: Number.MAX_SAFE_INTEGER });
  await expect(disk).rejects.toMatchObject({ exitCode: 69, limit: 'disk', neededBytes: BYTES + 2 });
  expect(standing.requests.filter(({ url }) => url.includes('/resolve/'))).toEqual([]);
});

it('nothing waits for itself, or for others that wait', async () => {
  const { hub, commit } = await suite();
  const earlier = await openBudget({ hub, limitBytes: Infinity });
  for (const step of [0, 1]) {
    await fetchAll({ hub, repo: REPO, commit: commit(step), budget: earlier });
    await earlier.release({ repo: REPO, commit: commit(step) });
  }
  await earlier.close();
  // What is there needs no room, however small the budget is.
  const small = await openBudget({ hub, limitBytes: 10 });
  await fetchAll({ hub, repo: REPO, commit: commit(1), budget: small });
  expect(small.usedBytes()).toBeGreaterThanOrEqual(BYTES);
  await small.release({ repo: REPO, commit: commit(1) });
  await small.close();

  const budget = await openBudget({ hub, limitBytes: BYTES });
  const at = (step: number) => ({ repo: REPO, commit: commit(step) });
  for (const step of [0, 1]) await budget.hold({ ...at(step), files: await listFiles({ hub, ...at(step) }) });
  const results = await Promise.allSettled([0, 1].map((step) => budget.reserve(10, { asking: at(step) })));
  expect(results.map(({ status }) => status)).toContain('rejected');
  await budget.close();
});

it('what was there before, or is used or replaced by others since, is never evicted', async () => {
  const { hub, commit, has } = await suite();
  // Step 0 was there before the sweep.
  await fetchAll({ hub, repo: REPO, commit: commit(0) });
  const budget = await openBudget({ hub, limitBytes: 4 * BYTES });
  for (const step of [0, 1, 2, 3]) await fetchAll({ hub, repo: REPO, commit: commit(step), budget });
  // Step 1: another tool links the blob from a snapshot of its own.
  const own = join(hub.cacheDir, ROOT, 'snapshots', 'f'.repeat(40));
  mkdirSync(own);
  const blob = (step: number): string => sha256(BRANCHES[`step${step}`]?.['model.safetensors'] ?? '');
  symlinkSync(join('..', '..', 'blobs', blob(1)), join(own, 'model.safetensors'));
  // Step 2: another tool replaced the file.
  const replaced = join(hub.cacheDir, ROOT, 'blobs', blob(2));
  writeFileSync(replaced, readFileSync(replaced));
  utimesSync(replaced, 1, 1);
  // Step 3: somebody without a budget asked for it.
  await fetchAll({ hub, repo: REPO, commit: commit(3) });
  for (const step of [0, 1, 2, 3]) await budget.release({ repo: REPO, commit: commit(step) });
  const room = await budget.reserve(4 * BYTES);
  expect([0, 1, 2, 3].map(has)).toEqual([true, true, true, true]);
  expect(budget.usedBytes()).toBe(0);
  room.end();
});

it('another live process that needs a file keeps it, and a dead one leaves its files to the next', async () => {
  const { hub, commit, has } = await suite();
  const first = await openBudget({ hub, limitBytes: 4 * BYTES });
  await fetchAll({ hub, repo: REPO, commit: commit(0), budget: first });
  await fetchAll({ hub, repo: REPO, commit: commit(1), budget: first });
  const second = await openBudget({ hub, limitBytes: 4 * BYTES });
  await fetchAll({ hub, repo: REPO, commit: commit(0), budget: second });
  await first.release({ repo: REPO, commit: commit(0) });
  await first.release({ repo: REPO, commit: commit(1) });
  (await first.reserve(3.9 * BYTES, { whenFull: 'refuse' }).catch(() => undefined))?.end();
  expect([has(0), has(1)]).toEqual([true, false]);
  expect(first.usedBytes()).toBe(BYTES + 2);

  // The first process dies; a ledger torn in its last line is read up to there.
  const notes = join(hub.cacheDir, '.locks', 'heuristrace');
  for (const name of readdirSync(notes).filter((file) => file.endsWith('.ledger'))) {
    const text = readFileSync(join(notes, name), 'utf8');
    if (!text.includes('"fetched"')) continue;
    const dead = JSON.stringify({ event: 'owner', process: { ...thisProcess(), pid: 4_190_000 } });
    writeFileSync(join(notes, name), text.replace(/^.*\n/, `${dead}\n`) + '{"event":"rele');
  }
  await second.release({ repo: REPO, commit: commit(0) });
  await second.close();
  const third = await openBudget({ hub, limitBytes: 1.2 * BYTES });
  expect(third.usedBytes()).toBe(BYTES + 2);
  await fetchAll({ hub, repo: REPO, commit: commit(2), budget: third });
  expect([has(0), has(2)]).toEqual([false, true]);
  expect(readdirSync(notes).filter((file) => file.endsWith('.ledger'))).toHaveLength(1);
});

it('unfinished files of ours are counted and can be removed once nobody continues them', async () => {
  const { standing, hub, commit } = await suite();
  standing.plant('cdn', /repos/, { kind: 'reset', after: 60_000 });
  const once = hubAt(standing, { cacheDir: hub.cacheDir, attempts: 1 });
  await expect(fetchAll({ hub: once, repo: REPO, commit: commit(0) })).rejects.toMatchObject({
    exitCode: 66,
  });
  const [before] = await cacheInventory({ cacheDir: hub.cacheDir });
  expect(before?.unfinishedBytes).toBeGreaterThan(0);
  expect(await removeUnfinished({ cacheDir: hub.cacheDir })).toBe(0);
  expect(await removeUnfinished({ cacheDir: hub.cacheDir, olderThanMs: -1 })).toBe(before?.unfinishedBytes);
  const [after] = await cacheInventory({ cacheDir: hub.cacheDir });
  expect(after?.unfinishedBytes).toBe(0);
});
