import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EnginePlatformError, EngineRoomError, MissingToolError } from '../errors/engine-errors.js';
import { ENGINE_PINS, type EnginePins } from './pins.js';
import { runTool } from './run-tool.js';

export type EngineDevice = 'cpu' | 'cuda';

/** Programs and files that an installation uses. */
export interface EngineTools {
  /** A Python with pip; it runs during the installation only. */
  readonly python: string;
  readonly compiler: string;
  /** Folder of node_api.h. */
  readonly nodeHeaders: string;
}

/** The oldest C library that the wheels run on. */
const GLIBC = [2, 27] as const;
/** @throws EnginePlatformError when there is no such engine for this machine */
export function pinsHere(device: EngineDevice): EnginePins {
  const place = `${process.platform}-${process.arch}`;
  const pins = ENGINE_PINS[`${place}-${device}`];
  if (pins === undefined) {
    const known = Object.keys(ENGINE_PINS).join(', ');
    throw new EnginePlatformError(
      `there is no tensorflow engine for ${place} with ${device}, only for: ${known}`,
    );
  }
  const libc = glibcVersion();
  if (libc === null || libc[0] < GLIBC[0] || (libc[0] === GLIBC[0] && libc[1] < GLIBC[1]))
    throw new EnginePlatformError(
      `the tensorflow engine needs glibc ${GLIBC.join('.')} or newer, this system has ${libc?.join('.') ?? 'another C library'}`,
    );
  if (process.arch === 'x64' && !cpuFlags().includes(' avx '))
    throw new EnginePlatformError('the tensorflow engine needs a processor with AVX');
  return pins;
}

/** @returns null on systems with another C library */
function glibcVersion(): readonly [number, number] | null {
  const report: unknown = process.report.getReport();
  const header: unknown =
    typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : null;
  const version: unknown =
    typeof header === 'object' && header !== null ? Reflect.get(header, 'glibcVersionRuntime') : null;
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(typeof version === 'string' ? version : '') ?? [];
  return major === undefined || minor === undefined ? null : [Number(major), Number(minor)];
}

function cpuFlags(): string {
  try {
    return `${/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''} `;
  } catch {
    return ' avx '; // cannot be told: let the library say it
  }
}

/**
 * Finds the programs that an installation needs: HEURISTRACE_PYTHON or python3 with pip, npm, tar, CXX or c++, and
 * Node's headers beside the running Node or where npm_config_nodedir says.
 * @throws MissingToolError for the first that is missing; InterruptedError
 */
export async function findTools(signal?: AbortSignal): Promise<EngineTools> {
  const works = async (command: string, ...args: string[]): Promise<boolean> =>
    (await runTool({ command, args, signal })).code === 0;
  const named = (variable: string, other: string): string => {
    const value = process.env[variable] ?? '';
    if (value === '') return other;
    return value.includes('/') ? resolve(value) : value; // it runs in another folder
  };
  const python = named('HEURISTRACE_PYTHON', 'python3');
  if (!(await works(python, '--version')))
    throw new MissingToolError(
      `Python (${python})`,
      'Install python3, or name one in HEURISTRACE_PYTHON; it is used for pip only.',
    );
  if (!(await works(python, '-m', 'pip', '--version')))
    throw new MissingToolError(
      `pip for ${python}`,
      'Install it (Debian: python3-pip; `python3 -m ensurepip` elsewhere), or name a Python that has it in HEURISTRACE_PYTHON.',
    );
  const compiler = named('CXX', 'c++');
  if (!(await works(compiler, '--version')))
    throw new MissingToolError(
      `a C++ compiler (${compiler})`,
      'Install one (Debian: g++), or name it in CXX.',
    );
  if (!(await works('npm', '--version')))
    throw new MissingToolError('npm', 'Install npm; it comes with Node.');
  if (!(await works('tar', '--version'))) throw new MissingToolError('tar', 'Install tar.');
  return { python, compiler, nodeHeaders: findHeaders() };
}

/** @throws MissingToolError */
function findHeaders(): string {
  const nodedir = process.env['npm_config_nodedir'] ?? '';
  const prefixes = [...(nodedir === '' ? [] : [nodedir]), join(dirname(process.execPath), '..')];
  const found = prefixes
    .map((prefix) => join(prefix, 'include/node'))
    .find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found !== undefined) return found;
  throw new MissingToolError(
    "Node's headers (node_api.h)",
    "Install them (Debian: libnode-dev; Node's own archives hold them), or name the folder above include/node in npm_config_nodedir.",
  );
}

/** @throws EngineRoomError when the disk of an existing folder has less room than the installation takes */
export async function checkRoom(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < neededBytes) throw new EngineRoomError(folder, neededBytes, bavail * bsize);
}
