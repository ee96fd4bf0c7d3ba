import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listRefs } from '../../src/hub/listing/list-refs.js';
import { proxiedFetch } from '../../src/hub/requests/proxy.js';
import { hubAt, standIn } from '../support/hubs.js';

const REPO = 'someone/model-a';

/** A proxy on loopback that remembers where it was asked to connect to, with what credentials. */
async function proxy() {
  const asked: { to: string; credentials: string | undefined }[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    const to = request.url ?? '';
    asked.push({ to, credentials: request.headers['proxy-authorization'] });
    const [host = '', port = ''] = to.split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const end of [target, socket]) end.on('error', () => undefined);
    onTestFinished(() => {
      target.destroy();
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { asked, host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

it('proxies of the environment are used, with their credentials, except where NO_PROXY exempts the host', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: {} });
  const { asked, host } = await proxy();
  const hubHost = new URL(standing.endpoint).host;
  const ask = (env: Record<string, string>) => listRefs({ hub: hubAt(standing, { env }), repo: REPO });

  expect(await ask({ HTTP_PROXY: `http://${host}` })).toHaveLength(1);
  expect(asked).toEqual([{ to: hubHost, credentials: undefined }]);
  await ask({ http_proxy: `http://us%20er:p%40ss@${host}`, HTTP_PROXY: 'http://127.0.0.1:9' });
  const credentials = `Basic ${Buffer.from('us er:p@ss').toString('base64')}`;
  expect(asked.at(-1)).toEqual({ to: hubHost, credentials });
  await ask({ ALL_PROXY: host });
  expect(asked).toHaveLength(3);

  const exempting = ['*', '127.0.0.1', `example.com, ${hubHost}`, '10.0.0.0/8 127.0.0.0/8'];
  for (const NO_PROXY of exempting) await ask({ HTTP_PROXY: `http://${host}`, NO_PROXY });
  expect(asked).toHaveLength(3);
  for (const NO_PROXY of ['127.0.0.1:1', 'example.com', '0.0.1', '10.0.0.0/8', ''])
    await ask({ HTTP_PROXY: `http://${host}`, NO_PROXY });
  expect(asked).toHaveLength(3 + 5);
  await ask({ HTTPS_PROXY: `http://${host}` });
  expect(asked).toHaveLength(8);
});

it('a proxy of another kind is refused without being repeated', () => {
  expect(() => proxiedFetch({ HTTPS_PROXY: 'socks5://me:pw_secret@host' })).toThrow(
    /^HTTPS_PROXY is not the URL/,
  );
  expect(proxiedFetch({})).toBe(fetch);
});

it('hosts are exempt by name and by domain', async () => {
  // Stands in for fetch: none of these hosts exists, and none may be looked up.
  const seen = vi.fn<typeof fetch>(() => Promise.resolve(new Response()));
  vi.stubGlobal('fetch', seen);
  onTestFinished(() => void vi.unstubAllGlobals());
  const proxied = async (NO_PROXY: string, url: string) => {
    await proxiedFetch({ HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY })(url);
    return seen.mock.lastCall?.[1] !== undefined;
  };
  for (const [entry, url] of [
    ['example.test', 'http://example.test/'],
    ['.example.test', 'http://a.example.test/'],
    ['*.example.test', 'http://a.b.EXAMPLE.test/'],
    ['::1', 'http://[::1]:9/'],
    ['[::1]:9', 'http://[::1]:9/'],
  ] as const)
    expect([entry, await proxied(entry, url)]).toEqual([entry, false]);
  for (const [entry, url] of [
    ['example.test', 'http://badexample.test/'],
    ['example.test:81', 'http://example.test/'],
    ['::2', 'http://[::1]:9/'],
  ] as const)
    expect([entry, await proxied(entry, url)]).toEqual([entry, true]);
});
