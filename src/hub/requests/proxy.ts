import { BlockList, isIP } from 'node:net';
import type { Dispatcher } from 'undici';
import { UsageError } from '../../errors/errors.js';
import type { Environment } from './settings.js';

/** Variable of a proxy in lower case first, as curl reads it. */
const variable = (env: Environment, name: string): string | undefined =>
  [env[name.toLowerCase()], env[name]].find((value) => value !== undefined && value !== '');

/** Whether an entry of NO_PROXY names an address: itself, or a network such as `10.0.0.0/8`. */
function holdsAddress(entry: string, address: string): boolean {
  const [network = '', bits] = entry.split('/');
  if (bits === undefined || isIP(network) === 0) return entry === address;
  const list = new BlockList();
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (Number(bits) <= (family === 'ipv6' ? 128 : 32)) list.addSubnet(network, Number(bits), family);
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether NO_PROXY exempts a host: `*`, an address or network, a host, or a domain with all below it; ports as well. */
function exempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      const bare = isIP(entry) === 6 ? entry : entry.replace(/^\*?\./, '');
      const [, name = bare, entryPort] =
        isIP(bare) === 6 ? [] : (/^\[?(.+?)\]?(?::(\d+))?$/.exec(bare) ?? []);
      if (name === '' || (entryPort !== undefined && entryPort !== port)) return false;
      if (name === '*') return true;
      return isIP(host) === 0 ? host === name || host.endsWith(`.${name}`) : holdsAddress(name, host);
    });
}

/**
 * `fetch` that goes through the proxies which the environment names (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY):
 * Node's own fetch ignores them. undici's EnvHttpProxyAgent does this too, but warns on stderr that it is experimental.
 * Agents of undici 7 serve the fetch of Node 20 to 26; those of 6 and 8 do not serve all of these.
 * @returns the global fetch when no proxy is named
 * @throws UsageError when a proxy is no http(s) URL; its text is not repeated, it may hold a password
 */
export function proxiedFetch(env: Environment = process.env): typeof fetch {
  const proxies = new Map<string, { uri: string; token?: string }>();
  for (const protocol of ['http', 'https']) {
    const proxy = variable(env, `${protocol.toUpperCase()}_PROXY`) ?? variable(env, 'ALL_PROXY');
    if (proxy === undefined) continue;
    const url = proxy.includes('://') ? proxy : `http://${proxy}`;
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new UsageError(
        `${protocol.toUpperCase()}_PROXY is not the URL of an http proxy`,
        'Correct or unset the variable.',
      );
    const { username, password, origin } = new URL(url);
    const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    proxies.set(`${protocol}:`, {
      uri: origin,
      ...(username !== '' && { token: `Basic ${secret.toString('base64')}` }),
    });
  }
  if (proxies.size === 0) return fetch;
  const noProxy = variable(env, 'NO_PROXY') ?? '';
  const agents = new Map<string, Promise<Dispatcher>>();
  const agentFor = (protocol: string): Promise<Dispatcher> | undefined => {
    const proxy = proxies.get(protocol);
    if (proxy === undefined || agents.has(protocol)) return agents.get(protocol);
    // Loaded where a proxy is used only: it costs as much time as all the rest.
    const made = import('undici').then(({ ProxyAgent }) => new ProxyAgent(proxy));
    agents.set(protocol, made);
    return made;
  };
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const agent = exempt(url, noProxy) ? undefined : await agentFor(url.protocol);
    if (agent === undefined) return fetch(input, init);
    const throughProxy: RequestInit & { dispatcher: Dispatcher } = { ...init, dispatcher: agent };
    return fetch(input, throughProxy);
  };
}
