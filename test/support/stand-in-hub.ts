import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { addCommit, commitOf, treeEntry, treeOf, type Files, type StandInRepo } from './stand-in-repo.js';
import { sendContent, type Fault } from './stand-in-send.js';

/** Which request to the stand-in; `cdn` is the second origin, which serves the LFS files. */
export interface SeenRequest {
  readonly where: 'hub' | 'cdn';
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  status: number;
}

export type PlantedFault =
  | Fault
  /** To another place, absolute or relative. */
  | { readonly kind: 'redirect'; readonly to: string };

interface Planted {
  readonly where: 'hub' | 'cdn';
  readonly match: RegExp;
  readonly fault: PlantedFault;
  times: number;
}

export interface StandInHub {
  readonly endpoint: string;
  readonly cdn: string;
  /** All requests, in the order of arrival. */
  readonly requests: SeenRequest[];
  /** Adds a repository, one commit for each branch. @returns branch -> commit */
  readonly addRepo: (
    id: string,
    branches: Readonly<Record<string, Files>>,
    options?: { readonly access?: StandInRepo['access']; readonly tags?: Readonly<Record<string, string>> },
  ) => Record<string, string>;
  /** Lets a branch name another commit. @returns the commit */
  readonly moveBranch: (id: string, branch: string, files: Files) => string;
  /** The next `times` requests (default 1) whose path matches get this fault; faults planted first come first. */
  readonly plant: (where: 'hub' | 'cdn', match: RegExp, fault: PlantedFault, times?: number) => void;
  /** Links given out so far are refused from now on. */
  readonly expireLinks: () => void;
  readonly close: () => Promise<void>;
}

export interface StandInOptions {
  /** The one token that opens private and gated repositories. */
  readonly token?: string;
  /** Tree entries per page. */
  readonly pageSize?: number;
}

const FULL_LINK_LIFE = 'Expires=4000000000';

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    });
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/**
 * Starts a Hub on loopback that speaks the protocol of the real one as far as models are read: refs, model info, tree
 * with pages, paths-info, resolve with the LFS redirect to a second origin, the X- headers and error codes, Range.
 */
export async function startStandInHub(options: StandInOptions = {}): Promise<StandInHub> {
  const { token = 'hf_stand_in', pageSize = 50 } = options;
  const repos = new Map<string, StandInRepo>();
  const planted: Planted[] = [];
  const requests: SeenRequest[] = [];
  const links = new Set<string>();
  let linkCount = 0;
  let [endpoint, cdn] = ['', ''];

  const takeFault = (where: 'hub' | 'cdn', url: string): PlantedFault | undefined => {
    const found = planted.find((one) => one.where === where && one.times > 0 && one.match.test(url));
    if (found !== undefined) found.times--;
    return found?.fault;
  };

  /** A request that is being answered. */
  interface Call {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly seen: SeenRequest;
    readonly fault: PlantedFault | undefined;
  }

  const answer = (call: Call, status: number, headers: Record<string, string>, body?: unknown): void => {
    call.seen.status = status;
    const text = body === undefined ? '' : JSON.stringify(body);
    call.response.writeHead(status, {
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
    call.response.end(call.request.method === 'HEAD' ? '' : text);
  };
  const refuse = (call: Call, status: number, code: string, message: string): void =>
    answer(call, status, { 'X-Error-Code': code, 'X-Error-Message': message }, { error: message });
  const send = (call: Call, content: Buffer, headers: Record<string, string>): void => {
    const { request, response, fault } = call;
    const own = fault?.kind === 'redirect' ? undefined : fault;
    call.seen.status = sendContent({ request, response, content, headers, fault: own });
  };

  /** The repository, if this caller may see it (its files, for a gated one). */
  const openRepo = (call: Call, id: string, files: boolean): StandInRepo | undefined => {
    const given = call.seen.authorization;
    const known = given === `Bearer ${token}`;
    const repo = repos.get(id);
    if (given !== undefined && !known)
      answer(
        call,
        401,
        { 'X-Error-Message': 'Invalid credentials in Authorization header' },
        { error: 'no' },
      );
    else if (repo === undefined || (repo.access === 'private' && !known))
      refuse(call, known ? 404 : 401, 'RepoNotFound', 'Repository not found');
    else if (repo.access === 'gated' && files)
      refuse(call, known ? 403 : 401, 'GatedRepo', `Access to model ${id} is restricted.`);
    else return repo;
    return undefined;
  };

  const filesAt = (call: Call, repo: StandInRepo, revision: string) => {
    const commit = commitOf(repo, revision);
    const files = commit === undefined ? undefined : repo.commits.get(commit);
    if (commit !== undefined && files !== undefined) return { commit, files };
    refuse(call, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    return undefined;
  };

  const refs = (call: Call, repo: StandInRepo): void => {
    const list = (from: Map<string, string>, kind: string) =>
      [...from].map(([name, targetCommit]) => ({ name, ref: `refs/${kind}/${name}`, targetCommit }));
    answer(
      call,
      200,
      {},
      { branches: list(repo.branches, 'heads'), converts: [], tags: list(repo.tags, 'tags') },
    );
  };

  const info = (call: Call, repo: StandInRepo, revision: string): void => {
    const at = filesAt(call, repo, revision);
    if (at === undefined) return;
    const siblings = [...at.files.keys()].map((rfilename) => ({ rfilename }));
    const { id } = repo;
    answer(call, 200, {}, {
      _id: '000000000000000000000000', id, modelId: id, sha: at.commit, private: repo.access === 'private',
      gated: repo.access === 'gated', disabled: false, downloads: 1, likes: 0, tags: [], siblings,
      lastModified: '2024-01-01T00:00:00.000Z', createdAt: '2024-01-01T00:00:00.000Z',
    }); // prettier-ignore
  };

  const tree = (call: Call, repo: StandInRepo, rest: string, query: URLSearchParams): void => {
    const [revision = '', ...folder] = rest.split('/');
    const at = filesAt(call, repo, decodeURIComponent(revision));
    if (at === undefined) return;
    const recursive = /^(1|true)$/i.test(query.get('recursive') ?? '');
    const entries = treeOf(at.files, folder.map(decodeURIComponent).join('/'), recursive);
    const start = Number(query.get('cursor') ?? 0);
    const next = start + Math.min(pageSize, Number(query.get('limit') ?? pageSize));
    query.set('cursor', String(next));
    const url = `${endpoint}${call.seen.url.replace(/\?.*/, '')}?${query.toString()}`;
    answer(
      call,
      200,
      next < entries.length ? { Link: `<${url}>; rel="next"` } : {},
      entries.slice(start, next),
    );
  };

  const pathsInfo = async (call: Call, repo: StandInRepo, revision: string): Promise<void> => {
    const at = filesAt(call, repo, decodeURIComponent(revision));
    if (at === undefined) return;
    const body = await readBody(call.request);
    const asked: unknown = body.startsWith('{')
      ? JSON.parse(body)
      : { paths: new URLSearchParams(body).getAll('paths') };
    const { paths }: { paths?: unknown } = Object(asked) as object;
    const names = new Set([paths].flat().map(String));
    answer(call, 200, {}, [...at.files.values()].filter(({ path }) => names.has(path)).map(treeEntry));
  };

  const resolveFile = (call: Call, repo: StandInRepo, rest: string): void => {
    const [revision = '', ...parts] = rest.split('/').map(decodeURIComponent);
    const at = filesAt(call, repo, revision);
    if (at === undefined) return;
    const file = at.files.get(parts.join('/'));
    const commit = { 'X-Repo-Commit': at.commit };
    if (file === undefined) {
      const message = 'Entry not found';
      answer(
        call,
        404,
        { ...commit, 'X-Error-Code': 'EntryNotFound', 'X-Error-Message': message },
        { error: message },
      );
      return;
    }
    if (file.sha256 === null) {
      send(call, file.content, { ...commit, ETag: `"${file.oid}"` });
      return;
    }
    const link = `/repos/${file.sha256}?${FULL_LINK_LIFE}&Signature=${++linkCount}`;
    links.add(link);
    answer(call, 302, {
      ...commit,
      ETag: `"${file.sha256}"`,
      'X-Linked-ETag': `"${file.sha256}"`,
      'X-Linked-Size': String(file.content.length),
      Location: `${cdn}${link}`,
    });
  };

  const route = async (call: Call): Promise<void> => {
    const url = new URL(call.seen.url, endpoint);
    const api =
      /^\/api\/models\/([^/]+(?:\/(?!revision\/|refs$|tree\/|paths-info\/)[^/]+)?)(?:\/(.*))?$/.exec(
        url.pathname,
      );
    const resolve = /^\/([^/]+(?:\/[^/]+)?)\/resolve\/(.+)$/.exec(url.pathname);
    const repo = openRepo(call, api?.[1] ?? resolve?.[1] ?? '', resolve !== null);
    if (repo === undefined) return;
    const [, verb = '', rest = ''] = /^([^/]*)\/?(.*)$/.exec(api?.[2] ?? '') ?? [];
    if (resolve !== null) resolveFile(call, repo, resolve[2] ?? '');
    else if (verb === 'refs') refs(call, repo);
    else if (verb === 'tree') tree(call, repo, rest, url.searchParams);
    else if (verb === 'paths-info') await pathsInfo(call, repo, rest);
    else info(call, repo, verb === 'revision' ? decodeURIComponent(rest) : 'main');
  };

  const serveCdn = (call: Call): void => {
    const { url, authorization } = call.seen;
    const hash = /^\/repos\/([0-9a-f]+)/.exec(url)?.[1];
    const file = [...repos.values()]
      .flatMap((repo) => [...repo.commits.values()].flatMap((files) => [...files.values()]))
      .find(({ sha256 }) => sha256 !== null && sha256 === hash);
    // As S3 does: a signed link and a token together are an error.
    if (authorization !== undefined) answer(call, 400, {});
    else if (!links.has(url) || file === undefined) answer(call, 403, {});
    else send(call, file.content, { ETag: `"cdn-${hash}"` });
  };

  const handler = (where: 'hub' | 'cdn') => (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/' } = request;
    const { range, authorization } = request.headers;
    const seen: SeenRequest = { where, method, url, range, authorization, status: 0 };
    requests.push(seen);
    const fault = takeFault(where, url);
    const call: Call = { request, response, seen, fault };
    response.on('error', () => undefined);
    if (fault?.kind === 'status') answer(call, fault.status, fault.headers ?? {});
    else if (fault?.kind === 'redirect') answer(call, 302, { Location: fault.to });
    else if (where === 'cdn') serveCdn(call);
    else void route(call);
  };

  const servers = [createServer(handler('hub')), createServer(handler('cdn'))] as const;
  [endpoint, cdn] = await Promise.all([listen(servers[0]), listen(servers[1])]);

  const repoOf = (id: string): StandInRepo => {
    const repo = repos.get(id);
    if (repo === undefined) throw new Error(`the stand-in has no ${id}`);
    return repo;
  };
  return {
    endpoint,
    cdn,
    requests,
    addRepo: (id, branches, { access = 'public', tags = {} } = {}) => {
      const repo: StandInRepo = { id, access, commits: new Map(), branches: new Map(), tags: new Map() };
      repos.set(id, repo);
      for (const [branch, files] of Object.entries(branches))
        repo.branches.set(branch, addCommit(repo, files));
      for (const [tag, branch] of Object.entries(tags)) repo.tags.set(tag, repo.branches.get(branch) ?? '');
      return Object.fromEntries(repo.branches);
    },
    moveBranch: (id, branch, files) => {
      const commit = addCommit(repoOf(id), files);
      repoOf(id).branches.set(branch, commit);
      return commit;
    },
    plant: (where, match, fault, times = 1) => planted.push({ where, match, fault, times }),
    expireLinks: () => links.clear(),
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}
