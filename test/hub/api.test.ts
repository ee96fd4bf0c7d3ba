import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { InterruptedError } from '../../src/errors/errors.js';
import { fetchFiles } from '../../src/hub/download/fetch-files.js';
import { openHub, type Hub } from '../../src/hub/hub.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { listRefs } from '../../src/hub/listing/list-refs.js';
import { resolveRevision } from '../../src/hub/listing/resolve-revision.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';
import { gitSha1, sha256, type Files } from '../support/stand-in-repo.js';

const REPO = 'someone/model-a';
const TOKEN = 'hf_stand_in';
const WEIGHTS = noise(5000);
const FILES: Files = { 'model.safetensors': WEIGHTS, 'config.json': '{}', 'sub/notes.txt': 'x\n' };

/** An origin of somebody else's that remembers what it was sent. */
async function stranger(answer: { status: number; body: string }) {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { tokens, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/x?secret=1` };
}

it('refs are branches and tags with their commits, and each resolves to its own', async () => {
  const standing = await standIn();
  const commits = standing.addRepo(
    REPO,
    {
      main: FILES,
      step0: { ...FILES, 'config.json': '{"a": 0}' },
      'runs/step 5': { 'config.json': '{"a": 5}' },
    },
    { tags: { v1: 'step0' } },
  );
  const hub = hubAt(standing);
  expect(await listRefs({ hub, repo: REPO })).toEqual([
    ...Object.entries(commits).map(([name, commit]) => ({ name, kind: 'branch', commit })),
    { name: 'v1', kind: 'tag', commit: commits['step0'] },
  ]);
  for (const [revision, commit] of Object.entries(commits))
    expect(await resolveRevision({ hub, repo: REPO, revision })).toBe(commit);
  expect(await resolveRevision({ hub, repo: REPO, revision: 'v1' })).toBe(commits['step0']);
  expect(await resolveRevision({ hub, repo: REPO, revision: commits['main'] ?? '' })).toBe(commits['main']);
});

it('a listing goes over all pages, and says size and checksum of each file', async () => {
  const standing = await standIn({ pageSize: 7 });
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`shard-${i}.bin`, noise(100 + i, i)]),
  );
  const { main = '' } = standing.addRepo(REPO, { main: { ...FILES, ...many } });
  const files = await listFiles({ hub: hubAt(standing), repo: REPO, commit: main });
  expect(files).toHaveLength(43);
  expect(files).toContainEqual({
    path: 'model.safetensors',
    size: 5000,
    blob: sha256(WEIGHTS),
    sha256: sha256(WEIGHTS),
  });
  expect(files).toContainEqual({ path: 'sub/notes.txt', size: 2, blob: gitSha1('x\n'), sha256: null });
  expect(standing.requests.length).toBeGreaterThan(6);
});

it('each refusal of the Hub is an error of its own, at once', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  standing.addRepo('someone/private', { main: FILES }, { access: 'private' });
  const gated = standing.addRepo('someone/gated', { main: FILES }, { access: 'gated' });
  const hub = hubAt(standing);
  const fails = (work: Promise<unknown>) => expect(work).rejects;

  await fails(listRefs({ hub, repo: 'someone/none' })).toMatchObject({ exitCode: 60, repo: 'someone/none' });
  await fails(listRefs({ hub, repo: 'someone/private' })).toMatchObject({ exitCode: 60 });
  await fails(resolveRevision({ hub, repo: REPO, revision: 'step3' })).toMatchObject({
    exitCode: 61,
    revision: 'step3',
  });
  await fails(listFiles({ hub, repo: REPO, commit: '0'.repeat(40) })).toMatchObject({ exitCode: 61 });
  const commit = gated['main'] ?? '';
  await fails(fetchAll({ hub, repo: 'someone/gated', commit })).toMatchObject({
    exitCode: 63,
    reason: 'gated',
  });
  const wrong = hubAt(standing, { token: 'hf_wrong' });
  await fails(listRefs({ hub: wrong, repo: REPO })).toMatchObject({ exitCode: 63, reason: 'token' });
  // A file that the listing promised and that is gone.
  const [file] = await listFiles({ hub, repo: REPO, commit: main });
  const gone = { ...(file ?? { size: 1, blob: '', sha256: null }), path: 'gone.json', blob: '1'.repeat(40) };
  await fails(fetchFiles({ hub, repo: REPO, commit: main, files: [gone] })).toMatchObject({
    exitCode: 62,
    path: 'gone.json',
  });
  expect(hub.clock).toMatchObject({ waits: [] });
});

it('names that no Hub has are refused before anything is asked', async () => {
  const standing = await standIn();
  const hub = hubAt(standing);
  for (const repo of ['', 'a/b/c', '../etc', 'a/..', 'a//b', 'a b/c', 'a--b/c', '.a/b', 'a/b?x'])
    await expect(listRefs({ hub, repo })).rejects.toMatchObject({ exitCode: 2 });
  for (const revision of ['', '..', 'a/../b', '/abs', 'a\\b', 'a:b'])
    await expect(resolveRevision({ hub, repo: REPO, revision })).rejects.toMatchObject({ exitCode: 2 });
  await expect(listFiles({ hub, repo: REPO, commit: 'main' })).rejects.toThrow(/full commit sha/);
  expect(standing.requests).toEqual([]);
});

it('the token opens what is private, goes to the Hub alone, and is never shown', async () => {
  const standing = await standIn({ token: TOKEN });
  const { main = '' } = standing.addRepo('someone/private', { main: FILES }, { access: 'private' });
  const hub = hubAt(standing, { env: { HF_TOKEN: `  ${TOKEN}\n` } });
  expect(await fetchAll({ hub, repo: 'someone/private', commit: main })).toHaveLength(3);
  const sent = (where: string) =>
    new Set(standing.requests.filter((one) => one.where === where).map(({ authorization }) => authorization));
  expect(sent('hub')).toEqual(new Set([`Bearer ${TOKEN}`]));
  expect(sent('cdn')).toEqual(new Set([undefined]));
  expect(inspect(hub, { depth: 9, showHidden: true })).not.toContain(TOKEN);
  expect(JSON.stringify(hub)).not.toContain(TOKEN);
});

it('neither a redirect nor a next page takes the token to another origin', async () => {
  const standing = await standIn({ token: TOKEN });
  const { main = '' } = standing.addRepo(REPO, { main: FILES });
  const hub = hubAt(standing, { token: TOKEN });
  const other = await stranger({ status: 200, body: '[]' });
  standing.plant('hub', /\/tree\//, { kind: 'redirect', to: other.url });
  expect(await listFiles({ hub, repo: REPO, commit: main })).toEqual([]);
  standing.plant('hub', /\/tree\//, {
    kind: 'status',
    status: 200,
    headers: { Link: `<${other.url}>; rel="next"` },
  });
  const failure: unknown = await listFiles({ hub, repo: REPO, commit: main }).catch(
    (error: unknown) => error,
  );
  // A redirect inside the Hub, as it makes for small files and renamed repositories, keeps the token.
  standing.plant('hub', /config\.json/, {
    kind: 'redirect',
    to: `/${REPO}/resolve/${main}/config.json?again`,
  });
  await fetchAll({ hub, repo: REPO, commit: main });
  expect(standing.requests.find(({ url }) => url.endsWith('?again'))?.authorization).toBe(`Bearer ${TOKEN}`);
  expect(other.tokens.every((token) => token === undefined)).toBe(true);
  expect(other.tokens.length).toBeGreaterThan(0);
  expect(String(failure)).not.toContain(TOKEN);
});

it('redirects that run in circles or lead nowhere end at once', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  const hub = hubAt(standing);
  standing.plant('hub', /refs/, { kind: 'redirect', to: `/api/models/${REPO}/refs` }, 50);
  await expect(listRefs({ hub, repo: REPO })).rejects.toMatchObject({
    exitCode: 66,
    problem: 'more than 5 redirects',
  });
  const stuck = await standIn();
  stuck.plant('hub', /refs/, { kind: 'redirect', to: 'ftp://127.0.0.1/x' });
  await expect(listRefs({ hub: hubAt(stuck), repo: REPO })).rejects.toThrow(/leads nowhere/);
});

it('an answer that is not that of a Hub is said to be none', async () => {
  for (const body of ['<html>Log in to the airport</html>', '{}', 'null', '[{"type":"file"}]', '[null]']) {
    const odd = await stranger({ status: 200, body });
    const hub = hubAt(await standIn(), { endpoint: new URL(odd.url).origin });
    await expect(listRefs({ hub, repo: REPO })).rejects.toMatchObject({ exitCode: 66 });
    await expect(resolveRevision({ hub, repo: REPO, revision: 'main' })).rejects.toMatchObject({
      exitCode: 66,
    });
    await expect(listFiles({ hub, repo: REPO, commit: '1'.repeat(40) })).rejects.toMatchObject({
      exitCode: 66,
    });
  }
});

it.each([
  ['listRefs', (hub: Hub, signal: AbortSignal) => listRefs({ hub, repo: REPO, signal })],
  [
    'listFiles',
    (hub: Hub, signal: AbortSignal) => listFiles({ hub, repo: REPO, commit: 'a'.repeat(40), signal }),
  ],
  [
    'resolveRevision',
    (hub: Hub, signal: AbortSignal) => resolveRevision({ hub, repo: REPO, revision: 'main', signal }),
  ],
])('%s ends when it is told to, though the Hub never answers', async (_name, ask) => {
  const controller = new AbortController();
  const server = createServer(() => {
    controller.abort();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  const hub = openHub({ env: { HF_ENDPOINT: `http://127.0.0.1:${port}`, HF_HUB_CACHE: scratchFolder() } });
  await expect(ask(hub, controller.signal)).rejects.toThrow(InterruptedError);
});
