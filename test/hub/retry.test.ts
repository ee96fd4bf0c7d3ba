import { expect, it } from 'vitest';
import fc from 'fast-check';
import { listRefs } from '../../src/hub/listing/list-refs.js';
import { askedWaitMs } from '../../src/hub/requests/rate-limit.js';
import { openHub } from '../../src/hub/hub.js';
import { fetchAll, hubAt, jumpingClock, noise, standIn } from '../support/hubs.js';

const REPO = 'someone/model-a';
const NOW = Date.parse('2024-05-01T00:00:00Z');

it('the pause that a server asks for is read from all headers in use', () => {
  const wait = (headers: Record<string, string>) => askedWaitMs(new Headers(headers), NOW);
  expect(wait({ RateLimit: '"api";r=0;t=243' })).toBe(243_000);
  expect(wait({ RateLimit: '"resolvers";r=0;t=12', 'Retry-After': '99' })).toBe(12_000);
  expect(wait({ RateLimit: 'limit=500' })).toBeNull();
  expect(wait({ 'RateLimit-Reset': '30' })).toBe(30_000);
  expect(wait({ 'RateLimit-Reset': String(NOW / 1000 + 45) })).toBe(45_000);
  expect(wait({ 'Retry-After': '7' })).toBe(7_000);
  expect(wait({ 'Retry-After': 'Wed, 01 May 2024 00:01:30 GMT' })).toBe(90_000);
  expect(wait({ 'Retry-After': 'Tue, 30 Apr 2024 00:00:00 GMT' })).toBe(0);
  expect(wait({ 'Retry-After': 'soon' })).toBeNull();
  expect(wait({})).toBeNull();
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = text.replace(/[^\x20-\x7e]/g, '');
      for (const name of ['RateLimit', 'RateLimit-Reset', 'Retry-After']) {
        const asked = wait({ [name]: value });
        if (asked !== null) expect(asked).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

it('failures back off exponentially, with full jitter and a bound', async () => {
  for (const random of [0.25, 1]) {
    const standing = await standIn();
    standing.addRepo(REPO, { main: { 'config.json': '{}' } });
    standing.plant('hub', /refs/, { kind: 'status', status: 502 }, 7);
    const clock = jumpingClock(random);
    expect(await listRefs({ hub: hubAt(standing, { clock }), repo: REPO })).toHaveLength(1);
    expect(clock.waits).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1000 * random));
  }
});

it('a rate limit is waited out as long as the server says, by all connections at once', async () => {
  const standing = await standIn();
  const files = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`${i}.json`, `{"i": ${i}}`]));
  const { main = '' } = standing.addRepo(REPO, { main: files });
  standing.plant('hub', /resolve/, {
    kind: 'status',
    status: 429,
    headers: { RateLimit: '"resolvers";r=0;t=120' },
  });
  const clock = jumpingClock(0.5);
  const hub = hubAt(standing, { clock, connections: 1 });
  expect(await fetchAll({ hub, repo: REPO, commit: main })).toHaveLength(3);
  expect(clock.waits).toEqual([120_500]);
  hub.retryState.pausedUntil = clock.now() + 5_000;
  await listRefs({ hub, repo: REPO });
  expect(clock.waits).toEqual([120_500, 5_000]);
});

it('a rate limit without a time backs off, and one beyond patience is an error that says how long', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: {} });
  standing.plant('hub', /refs/, { kind: 'status', status: 429 }, 2);
  const clock = jumpingClock(1);
  await listRefs({ hub: hubAt(standing, { clock }), repo: REPO });
  expect(clock.waits[0]).toBe(1000);
  standing.plant('hub', /refs/, { kind: 'status', status: 429, headers: { 'Retry-After': '7200' } });
  const failure = listRefs({ hub: hubAt(standing), repo: REPO });
  await expect(failure).rejects.toMatchObject({ exitCode: 65, waitSeconds: 7200 });
  standing.plant('hub', /refs/, { kind: 'status', status: 429 }, 100);
  await expect(listRefs({ hub: hubAt(standing), repo: REPO })).rejects.toMatchObject({ exitCode: 65 });
});

it('a line that breaks again and again is followed to the end as long as it brings bytes', async () => {
  const standing = await standIn();
  const weights = noise(400_000);
  const { main = '' } = standing.addRepo(REPO, { main: { 'model.bin': weights } });
  standing.plant('cdn', /repos/, { kind: 'reset', after: 20_000 }, 19);
  const hub = hubAt(standing, { attempts: 3 });
  const [fetched] = await fetchAll({ hub, repo: REPO, commit: main });
  expect(fetched).toMatchObject({ source: 'network', receivedBytes: 400_000 });
});

it('a Hub that was never reached is given up soon', async () => {
  const standing = await standIn();
  const hub = hubAt(standing);
  await standing.close();
  await expect(listRefs({ hub, repo: REPO })).rejects.toMatchObject({
    exitCode: 66,
    attempts: 3,
    problem: expect.stringMatching(/ECONNREFUSED/) as unknown,
  });
});

it('a certificate that is not right does not become so by waiting', async () => {
  const certificate = Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' });
  const clock = jumpingClock();
  const hub = openHub({
    endpoint: 'http://127.0.0.1:9',
    env: {},
    clock,
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause: certificate })),
  });
  await expect(listRefs({ hub, repo: REPO })).rejects.toMatchObject({
    exitCode: 66,
    problem: 'CERT_HAS_EXPIRED',
  });
  expect(clock.waits).toEqual([]);
});
