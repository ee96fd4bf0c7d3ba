import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installEngine } from '../../src/engines/install-engine.js';
import { describeFiles, MANIFEST, verifyEngine } from '../../src/engines/manifest.js';
import { removeEngine } from '../../src/engines/remove-engine.js';
import { checkRoom } from '../../src/engines/requirements.js';
import {
  EngineBusyError,
  EngineDamagedError,
  EngineInstallError,
  EnginePlatformError,
  EngineRoomError,
  MissingToolError,
} from '../../src/errors/engine-errors.js';
import { InterruptedError } from '../../src/errors/errors.js';
import { installedFolder } from '../../src/model/engine-places.js';
import { HAS_NATIVE } from '../support/engines.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';

let engines: string;
let tools: string;

/** A program in place of a real one. */
function stub(name: string, script: string): string {
  const path = join(tools, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What pip does, as far as it matters: fills the folder after --target. */
const PIP = `
[ "$3" = install ] || exit 0
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/tensorflow/include"
for name in libtensorflow_cc.so.2 libtensorflow_framework.so.2 __init__.py; do echo "$name" > "$2/tensorflow/$name"; done`;

beforeEach(() => {
  [engines, tools] = [scratchFolder(), scratchFolder()];
  vi.stubEnv('HEURISTRACE_ENGINES', engines);
  vi.stubEnv('HEURISTRACE_PYTHON', stub('python', PIP));
  vi.stubEnv('CXX', stub('c++', 'exit 0'));
  vi.stubEnv('PATH', `${tools}:${process.env['PATH'] ?? ''}`);
  stub('npm', '[ "$1" = pack ] || exit 0; echo "not the package" > some.tgz');
});

afterEach(() => vi.unstubAllEnvs());

const install = (signal?: AbortSignal): Promise<unknown> =>
  installEngine({ device: 'cpu', force: false, signal });

describe.runIf(process.platform === 'linux')('an installation', () => {
  it.each<[string, string, () => void]>([
    ['Python', 'Python', () => vi.stubEnv('HEURISTRACE_PYTHON', '/nonexistent/python')],
    ['pip', 'pip', () => vi.stubEnv('HEURISTRACE_PYTHON', stub('python', '[ "$2" != pip ]'))],
    ['a compiler', 'C\\+\\+ compiler', () => vi.stubEnv('CXX', '/nonexistent/c++')],
    ['npm', 'npm', () => stub('npm', 'exit 1')],
  ])('without %s says so, and how to get it', async (_, tool, takeAway) => {
    takeAway();
    const failure = await install().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MissingToolError);
    expect(failure).toMatchObject({ exitCode: 42, message: expect.stringMatching(tool) as unknown });
    expect(readdirSync(engines)).toEqual([]);
  });

  it('on a system without such an engine says so', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
    await expect(install()).rejects.toThrow(EnginePlatformError);
    vi.restoreAllMocks();
    await expect(checkRoom(engines, 1e18)).rejects.toThrow(EngineRoomError);
  });

  it('that fails shows what the program said, and leaves nothing', async () => {
    stub('python', '[ "$3" = install ] || exit 0; echo "no matching distribution" >&2; exit 1');
    const failure = await install().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineInstallError);
    expect(failure).toMatchObject({
      exitCode: 44,
      message: 'fetching the TensorFlow library failed:\nno matching distribution',
    });
    expect(readdirSync(engines)).toEqual([]);
  });

  it('does not take a package with other bytes', async () => {
    const stages: string[] = [];
    const params = {
      device: 'cpu',
      force: false,
      onStage: ({ name }: { name: string }) => stages.push(name),
    };
    await expect(installEngine({ ...params, device: 'cpu' })).rejects.toThrow(
      /tfjs-node.*has the checksum sha512/s,
    );
    expect(stages).toEqual(['fetching the TensorFlow library', "fetching tfjs-node's JavaScript"]);
    expect(readdirSync(engines)).toEqual([]);
  });

  it('that is interrupted ends its programs and leaves nothing; a second one meanwhile is refused', async () => {
    const mark = join(tools, 'mark');
    stub('python', `[ "$3" = install ] || exit 0; touch ${mark}.begun; sleep 1.5; touch ${mark}.ended`);
    const controller = new AbortController();
    const first = install(controller.signal).catch((error: unknown) => error);
    while (!existsSync(`${mark}.begun`)) await sleep(20);
    const second = await install().catch((error: unknown) => error);
    expect(second).toBeInstanceOf(EngineBusyError);
    expect(second).toMatchObject({ pid: process.pid });
    controller.abort();
    expect(await first).toBeInstanceOf(InterruptedError);
    expect(readdirSync(engines)).toEqual([]);
    await sleep(1700);
    expect(existsSync(`${mark}.ended`)).toBe(false);
  });

  it('clears away what a process that is gone left behind', async () => {
    const left = `${installedFolder('cpu')}.part`;
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'half'), 'a library');
    await expect(install()).rejects.toThrow(EngineBusyError); // whose it is cannot be told
    const { thisProcess } = await import('../../src/files/process-id.js');
    writeFileSync(join(left, 'installing.json'), JSON.stringify({ ...thisProcess(), pid: 2 ** 22 + 1 }));
    await expect(install()).rejects.toThrow(EngineInstallError);
    expect(readdirSync(engines)).toEqual([]);
  });
});

describe('an installed engine', () => {
  async function planted(): Promise<string> {
    const folder = installedFolder('cpu');
    mkdirSync(join(folder, 'tensorflow'), { recursive: true });
    writeFileSync(join(folder, 'tensorflow/a.so'), 'a library');
    writeFileSync(join(folder, 'b.node'), 'a binding');
    const manifest = {
      engine: 'tensorflow',
      version: '2.21.0',
      device: 'cpu',
      tfjsNode: 'tfjs-node',
      program: 'heuristrace',
      installedAt: '2026-01-01T00:00:00Z',
      files: await describeFiles(folder, [MANIFEST]),
    };
    writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest));
    return folder;
  }

  it('is found whole, or names the files that were changed', async () => {
    const folder = await planted();
    expect(Object.keys((await verifyEngine(folder)).files)).toEqual(['b.node', 'tensorflow/a.so']);
    expect(await install()).toMatchObject({ already: true, folder });
    writeFileSync(join(folder, 'tensorflow/a.so'), 'A library');
    const failure = await install().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineDamagedError);
    expect(failure).toMatchObject({ exitCode: 45, files: ['tensorflow/a.so'] });
    writeFileSync(join(folder, MANIFEST), '{');
    await expect(verifyEngine(folder)).rejects.toThrow(EngineDamagedError);
  });

  it('is removed, and then it is gone', async () => {
    const folder = await planted();
    expect(await removeEngine()).toEqual({ folders: [folder], bytes: 18 });
    expect(readdirSync(engines)).toEqual([]);
    expect(await removeEngine()).toEqual({ folders: [], bytes: 0 });
  });

  it.runIf(HAS_NATIVE && existsSync(projectPath('.engines')))(
    'by this program is what was installed',
    async () => {
      vi.stubEnv('HEURISTRACE_ENGINES', projectPath('.engines'));
      const { files, version } = await verifyEngine(installedFolder('cpu'));
      expect(version).toBe('2.21.0');
      expect(Object.keys(files)).toEqual(
        expect.arrayContaining(['stderr.node', 'tensorflow/libtensorflow_cc.so.2', 'tfjs_binding.node']),
      );
    },
  );
});
