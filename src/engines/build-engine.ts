import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineInstallError } from '../errors/engine-errors.js';
import { packagePath } from '../files/package.js';
import { TFJS_NODE, WHEEL_PYTHON, type EnginePins } from './pins.js';
import type { EngineTools } from './requirements.js';
import { runTool } from './run-tool.js';

export interface BuildParams {
  /** Folder that becomes the engine; `scratch` is below it and is removed at the end. */
  readonly folder: string;
  readonly scratch: string;
  readonly pins: EnginePins;
  readonly tools: EngineTools;
  readonly signal?: AbortSignal | undefined;
}

interface Stage {
  readonly name: string;
  readonly next: string;
  run(params: BuildParams): Promise<void>;
}

const NETWORK = 'Check the network, and the settings of pip and npm; then run the same command again.';

/** The stages of an installation, in order; each leaves its part in the folder. */
export const BUILD_STAGES: readonly Stage[] = [
  { name: 'fetching the TensorFlow library', next: NETWORK, run: fetchLibrary },
  { name: "fetching tfjs-node's JavaScript", next: NETWORK, run: fetchJavaScript },
  {
    name: 'compiling the binding',
    next: 'A compiler of C++17 is needed: g++ 9 or clang 10 or newer; name another in CXX.',
    run: compile,
  },
  {
    name: 'loading it for the first time',
    next: 'This machine may be too old for the library; use --engine wasm.',
    run: tryIt,
  },
];

/** Runs a program of a stage. @throws EngineInstallError with what it said last */
async function tool(
  params: BuildParams,
  stage: number,
  command: string,
  args: readonly string[],
  cwd = params.scratch,
): Promise<string> {
  // Downloads and compilations go through a temporary folder; here it lies on the engine's disk and is cleaned up.
  const env = { ...process.env, TMPDIR: params.scratch, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  const { code, stdout, tail } = await runTool({ command, args, cwd, env, signal: params.signal });
  if (code !== 0) fail(stage, tail === '' ? `${command} ended with ${code ?? 'a signal'}` : tail);
  return stdout;
}

function fail(stage: number, detail: string): never {
  const { name = 'installing', next = NETWORK } = BUILD_STAGES[stage] ?? {};
  throw new EngineInstallError(name, detail, next);
}

/** The wheels' shared libraries; the headers stay in the scratch folder. */
async function fetchLibrary(params: BuildParams): Promise<void> {
  const { folder, scratch, pins, tools } = params;
  const requirements = join(scratch, 'requirements.txt');
  const wheels = join(scratch, 'wheels');
  await writeFile(requirements, `${pins.wheels.join('\n')}\n`);
  await tool(params, 0, tools.python, [
    ...['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--no-cache-dir'],
    ...['--only-binary=:all:', '--python-version', WHEEL_PYTHON],
    ...pins.platforms.flatMap((platform) => ['--platform', platform]),
    ...['--require-hashes', '--target', wheels, '-r', requirements],
  ]);
  await mkdir(join(folder, 'tensorflow'));
  for (const name of await readdir(join(wheels, 'tensorflow')))
    if (name.startsWith('libtensorflow_') || name === 'THIRD_PARTY_NOTICES.txt')
      await rename(join(wheels, 'tensorflow', name), join(folder, 'tensorflow', name));
  // The library looks for CUDA in ../nvidia/*/lib beside it.
  if ((await readdir(wheels)).includes('nvidia'))
    await rename(join(wheels, 'nvidia'), join(folder, 'nvidia'));
}

/** tfjs-node's own files; of what it is written on, stand-ins: tfjs (the loader fills it) and its protocol buffers. */
async function fetchJavaScript(params: BuildParams): Promise<void> {
  const { folder, scratch } = params;
  await tool(params, 1, 'npm', ['pack', TFJS_NODE.spec, '--silent', '--ignore-scripts']);
  const archive = (await readdir(scratch)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) fail(1, 'npm left no archive');
  const content = await readFile(join(scratch, archive));
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  if (integrity !== TFJS_NODE.integrity)
    fail(1, `${TFJS_NODE.spec} has the checksum ${integrity}, expected ${TFJS_NODE.integrity}`);
  await tool(params, 1, 'tar', ['-xzf', archive]);
  const target = join(folder, 'tfjs-node');
  await mkdir(join(target, 'node_modules/@tensorflow/tfjs'), { recursive: true });
  await rename(join(scratch, 'package/dist'), join(target, 'dist'));
  await rename(join(scratch, 'package/package.json'), join(target, 'package.json'));
  await writeFile(
    join(target, 'node_modules/@tensorflow/tfjs/index.js'),
    '// heuristrace puts the tfjs that it runs on in here.\nmodule.exports = {};\n',
  );
  // Needed for saved models and summaries only, and for nothing here.
  await writeFile(join(target, 'dist/proto/api_pb.js'), 'module.exports = {};\n');
}

/** Where tfjs-node's binding reads an attribute that is text; what it lacks goes in there. */
const TEXT_ATTRIBUTE = 'case TF_ATTR_STRING: {\n';

/** Adds lists of strings to what the binding can pass to an operation. */
async function completeBinding(path: string): Promise<void> {
  const [before, after, ...more] = (await readFile(path, 'utf8')).split(TEXT_ATTRIBUTE);
  if (before === undefined || after === undefined || more.length > 0)
    fail(2, `${TFJS_NODE.spec} is not as expected: binding/tfjs_backend.cc`);
  const addition = await readFile(packagePath('native/string-list-fragment.cc'), 'utf8');
  await writeFile(path, `${before}${TEXT_ATTRIBUTE}${addition}${after}`);
}

async function compile(params: BuildParams): Promise<void> {
  const { folder, scratch, tools } = params;
  await completeBinding(join(scratch, 'package/binding/tfjs_backend.cc'));
  const common = ['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8', `-I${tools.nodeHeaders}`];
  await tool(
    params,
    2,
    tools.compiler,
    [
      ...common,
      `-I${join(scratch, 'wheels/tensorflow/include')}`,
      '-I.',
      'binding/tfjs_backend.cc',
      'binding/tfjs_binding.cc',
      `-L${join(folder, 'tensorflow')}`,
      '-l:libtensorflow_cc.so.2',
      '-l:libtensorflow_framework.so.2',
      '-Wl,-rpath,$ORIGIN/tensorflow',
      ...['-o', join(folder, 'tfjs_binding.node')],
    ],
    join(scratch, 'package'),
  );
  await tool(params, 2, tools.compiler, [
    ...common,
    '-DNODE_GYP_MODULE_NAME=stderr',
    packagePath('native/stderr.cc'),
    ...['-o', join(folder, 'stderr.node')],
  ]);
  await rm(join(scratch, 'wheels'), { recursive: true });
}

/** In a process of its own, since a library that does not suit the machine ends the process that loads it. */
async function tryIt(params: BuildParams): Promise<void> {
  const binding = JSON.stringify(join(params.folder, 'tfjs_binding.node'));
  await tool(params, 3, process.execPath, ['-e', `require(${binding}).isUsingGpuDevice()`]);
}
