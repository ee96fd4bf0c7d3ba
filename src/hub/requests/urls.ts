import { checkCommit, checkFilePath, checkRepo } from '../cache/cache-paths.js';

/** Where the Hub gives out a file of a commit. */
export function fileUrl(params: {
  readonly endpoint: string;
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}): string {
  const { endpoint, repo, commit, path } = params;
  const encoded = checkFilePath(path, repo).split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${checkRepo(repo)}/resolve/${checkCommit(commit)}/${encoded}`;
}
