import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { programVersion } from '../files/package.js';
import { writeWhole } from '../files/write.js';
import { enginesFolder, installedFolder, TENSORFLOW_VERSION } from '../model/engine-places.js';
import { BUILD_STAGES } from './build-engine.js';
import { describeFiles, MANIFEST, readManifest, verifyEngine, type EngineManifest } from './manifest.js';
import { TFJS_NODE } from './pins.js';
import { checkRoom, findTools, pinsHere, type EngineDevice } from './requirements.js';
import { inStage, OWNER } from './stage-folder.js';

export interface InstallParams {
  readonly device: EngineDevice;
  /** Install again what is there already. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told when a stage begins. */
  readonly onStage?: (stage: { readonly name: string; readonly number: number; readonly of: number }) => void;
}

export interface InstalledEngine {
  readonly folder: string;
  readonly manifest: EngineManifest;
  /** Whether it was there before, whole. */
  readonly already: boolean;
}

/**
 * Builds the native engine: TensorFlow's library out of its Python wheel, tfjs-node's JavaScript out of its package, and
 * the binding between them from source. It appears in its place whole or not at all.
 * @throws EnginePlatformError, MissingToolError, EngineRoomError before anything is fetched; EngineBusyError;
 *   EngineInstallError; EngineDamagedError when one is there that was changed, unless `force`; InterruptedError
 */
export async function installEngine(params: InstallParams): Promise<InstalledEngine> {
  const { device, force, signal, onStage } = params;
  const folder = installedFolder(device);
  const pins = pinsHere(device);
  if (!force && existsSync(folder)) return { folder, manifest: await verifyEngine(folder), already: true };
  const tools = await findTools(signal);
  await mkdir(enginesFolder(), { recursive: true });
  await checkRoom(enginesFolder(), pins.stagingBytes);
  const stages = [...BUILD_STAGES.map(({ name }) => name), 'taking checksums'];
  const begin = (number: number): void => {
    onStage?.({ name: stages[number] ?? '', number: number + 1, of: stages.length });
  };
  await inStage(folder, async (stage) => {
    const scratch = join(stage, 'scratch');
    await mkdir(scratch);
    for (const [number, part] of BUILD_STAGES.entries()) {
      begin(number);
      await part.run({ folder: stage, scratch, pins, tools, signal });
    }
    await rm(scratch, { recursive: true });
    begin(BUILD_STAGES.length);
    const manifest: EngineManifest = {
      engine: 'tensorflow',
      version: TENSORFLOW_VERSION,
      device,
      tfjsNode: TFJS_NODE.spec,
      program: `heuristrace ${programVersion()}`,
      installedAt: new Date().toISOString(),
      files: await describeFiles(stage, [OWNER, MANIFEST]),
    };
    await writeWhole(join(stage, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  });
  return { folder, manifest: await readManifest(folder), already: false };
}
