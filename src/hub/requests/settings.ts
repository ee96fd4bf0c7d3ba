import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { HUB_URL } from '@huggingface/hub';
import { UsageError } from '../../errors/errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubChoices {
  /** URL of the Hub or a mirror; else HF_ENDPOINT, else the public Hub. */
  readonly endpoint?: string;
  /** Access token; else HF_TOKEN, else the token file. `false` sends none. */
  readonly token?: string | false;
  /** Root of the cache; else HF_HUB_CACHE, else HF_HOME/hub. */
  readonly cacheDir?: string;
  /** Never contact the Hub; else HF_HUB_OFFLINE. */
  readonly offline?: boolean;
  /** Milliseconds without a byte after which a connection is given up; else HF_HUB_DOWNLOAD_TIMEOUT. */
  readonly stallMs?: number;
}

export interface HubSettings {
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly stallMs: number;
}

/** Longer than the Hub's CDN ever pauses, shorter than a person's patience. */
const STALL_MS = 30_000;

const isTrue = (value: string | undefined): boolean =>
  ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '');

/** First value that is set and not blank, trimmed. */
function first(...values: readonly (string | undefined)[]): string | undefined {
  return values.map((value) => value?.trim()).find((value) => value !== undefined && value !== '');
}

/** `~` and `$NAME` in a path, as huggingface_hub for Python expands them. */
function expandPath(path: string, env: Environment): string {
  const named = path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) => {
    return env[braced ?? bare ?? ''] ?? all;
  });
  return resolve(named.replace(/^~(?=$|[\\/])/, env['HOME'] ?? homedir()));
}

function checkedEndpoint(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  // The text is not repeated: it may hold a password.
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== ''
  )
    throw new UsageError(
      'the endpoint of the Hub is not a plain http(s) URL',
      'Correct HF_ENDPOINT, e.g. http://localhost:8080; credentials belong into HF_TOKEN.',
    );
  return given.replace(/\/+$/, '');
}

/** The token file of `hf auth login`; a missing or unreadable one is no token. */
function tokenFromFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Where the Hub and its cache are, with what token: the caller's choices, then the environment, as huggingface_hub for
 * Python reads it, then the defaults. @huggingface/hub reads only the cache's variables, so all are passed to it.
 * @throws UsageError when the endpoint is no http(s) URL or carries credentials
 */
export function hubSettings(choices: HubChoices, env: Environment = process.env): HubSettings {
  const home = expandPath(
    first(env['HF_HOME']) ??
      join(first(env['XDG_CACHE_HOME']) ?? join(env['HOME'] ?? homedir(), '.cache'), 'huggingface'),
    env,
  );
  const cacheDir =
    choices.cacheDir ?? first(env['HF_HUB_CACHE'], env['HUGGINGFACE_HUB_CACHE']) ?? join(home, 'hub');
  const implicitToken = (): string | undefined =>
    isTrue(env['HF_HUB_DISABLE_IMPLICIT_TOKEN'])
      ? undefined
      : first(
          env['HF_TOKEN'],
          env['HUGGING_FACE_HUB_TOKEN'],
          tokenFromFile(expandPath(first(env['HF_TOKEN_PATH']) ?? join(home, 'token'), env)),
        );
  const token = choices.token === false ? undefined : (choices.token ?? implicitToken());
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(
      'the token of the Hub holds blanks or characters that no header may carry',
      'Set HF_TOKEN again.',
    );
  const timeout = Number(first(env['HF_HUB_DOWNLOAD_TIMEOUT']));
  return {
    endpoint: checkedEndpoint(choices.endpoint ?? first(env['HF_ENDPOINT']) ?? HUB_URL),
    token,
    cacheDir: expandPath(cacheDir, env),
    offline: choices.offline ?? (isTrue(env['HF_HUB_OFFLINE']) || isTrue(env['TRANSFORMERS_OFFLINE'])),
    stallMs: choices.stallMs ?? (timeout > 0 ? timeout * 1000 : STALL_MS),
  };
}
