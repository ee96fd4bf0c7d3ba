import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, type CliResult } from '../support/cli.js';
import { HAS_NATIVE } from '../support/engines.js';
import { scratchFolder } from '../support/scratch.js';

const Listed = z.object({
  enginesFolder: z.string(),
  engines: z.array(
    z.object({
      name: z.string(),
      version: z.string().nullable(),
      gigaflops: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      problem: z.string().nullable(),
    }),
  ),
});

/** The program on a machine without a native engine. */
const engine = (folder: string, ...args: string[]): Promise<CliResult> =>
  cli(['engine', ...args], {
    env: { HEURISTRACE_ENGINES: folder, HEURISTRACE_PYTHON: '/nonexistent/python' },
  });

describe('heuristrace engine', () => {
  it.each([[], ['list'], ['install'], ['remove']])('%s --help shows examples', async (...command) => {
    const { code, stdout } = await engine('/nowhere', ...command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}heuristrace engine/);
  });

  it('list says what each engine does, or why it cannot be used', async () => {
    const folder = scratchFolder();
    const { code, stdout } = await engine(folder, 'list', '--json');
    expect(code).toBe(0);
    const { enginesFolder, engines } = Listed.parse(JSON.parse(stdout));
    expect(enginesFolder).toBe(folder);
    expect(engines.map(({ name }) => name)).toEqual(['tensorflow', 'wasm', 'cpu']);
    const [tensorflow, wasm, cpu] = engines;
    expect(tensorflow).toMatchObject({ version: null, gigaflops: null });
    expect(tensorflow?.problem).toMatch(/not installed.*engine install tensorflow/);
    expect(wasm).toMatchObject({ version: '4.22.0', problem: null });
    expect(wasm?.memoryBytes).toBeLessThanOrEqual(2 ** 32);
    for (const { gigaflops } of [wasm, cpu].flatMap((one) => one ?? [])) expect(gigaflops).toBeGreaterThan(0);
  });

  it.runIf(HAS_NATIVE)(
    'runs the native engine on a Node without the functions that tfjs-node calls',
    async () => {
      const removal = `import util from 'node:util'; delete util.isArray; delete util.isNullOrUndefined;`;
      const { stdout } = await cli(['engine', 'list', '--json'], {
        env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(removal)}` },
      });
      const [tensorflow] = Listed.parse(JSON.parse(stdout)).engines;
      expect(tensorflow).toMatchObject({ name: 'tensorflow', problem: null });
    },
  );

  it('install names the piece that is missing, and has an exit code for it', async () => {
    const folder = scratchFolder();
    const { code, stdout, stderr } = await engine(folder, 'install', 'tensorflow');
    expect({ code, stdout }).toEqual({ code: process.platform === 'linux' ? 42 : 43, stdout: '' });
    if (process.platform === 'linux')
      expect(stderr).toMatch(/needs Python \(\/nonexistent\/python\).*\n {2}Install python3/);
    expect(await engine(folder, 'install', 'tensorflw')).toMatchObject({ code: 4, stdout: '' });
  });

  it('remove removes, and says when there is nothing', async () => {
    const folder = scratchFolder();
    expect(await engine(folder, 'remove', 'tensorflow')).toMatchObject({
      code: 0,
      stdout: 'tensorflow is not installed\n',
    });
    const own = join(folder, `tensorflow-2.21.0-cpu-${process.platform}-${process.arch}`);
    mkdirSync(own);
    writeFileSync(join(own, 'engine.json'), '{}');
    const { stdout } = await engine(folder, 'remove', 'tensorflow', '--json');
    expect(JSON.parse(stdout)).toEqual({ engine: 'tensorflow', folders: [own], bytes: 0 });
  });
});

describe('an engine for a sweep', () => {
  it('that is not installed is an error of its own, with what to do', async () => {
    const env = { HEURISTRACE_ENGINES: scratchFolder() };
    const db = join(scratchFolder(), 'a.duckdb');
    const args = ['sweep', '--engine', 'tensorflow', '--steps', '0', '--db', db];
    const { code, stderr } = await cli(args, { env });
    expect(code).toBe(40);
    expect(stderr).toMatch(/tensorflow': is not installed\n {2}Run `heuristrace engine install tensorflow`/);
  });
});
