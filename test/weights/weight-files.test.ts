import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MissingCheckpointError, SafetensorsError } from '../../src/errors/checkpoint-errors.js';
import { ShardIndexError } from '../../src/errors/weight-file-errors.js';
import { openCheckpointFiles, weightFilesOf } from '../../src/weights/weight-files.js';
import { projectPath, readAll } from '../support/fixtures.js';
import { copyOf } from '../support/damaged-checkpoint.js';

const MODEL = projectPath('test/fixtures/gpt-neox/heads4-rotary-full/model.safetensors');
const SAFETENSORS = 'weights/sharded-safetensors';
const TORCH = 'weights/sharded-torch';
const INDEX = 'model.safetensors.index.json';

const shard = (n: number): string => `model-0000${n}-of-00003.safetensors`;

interface IndexJson {
  metadata: { total_size?: number };
  weight_map: Record<string, string>;
}

/** Changes the index of a copy of a sharded checkpoint. */
function withIndex(change: (index: IndexJson) => void, fixture = SAFETENSORS, file = INDEX): string {
  const folder = copyOf(fixture);
  const index = JSON.parse(readFileSync(join(folder, file), 'utf8')) as IndexJson;
  change(index);
  writeFileSync(join(folder, file), JSON.stringify(index));
  return folder;
}

/** Opens a folder, reads all its floats and closes it. */
async function valuesOf(folder: string): Promise<Map<string, Float32Array>> {
  const source = await openCheckpointFiles(folder, readdirSync(folder), 'suite.json');
  const values = new Map<string, Float32Array>();
  for (const [name, { dtype }] of source.tensors)
    if (dtype === 'F32') values.set(name, (await source.read(name)).data);
  await source.close();
  return values;
}

async function failureOf(folder: string): Promise<Error> {
  try {
    await valuesOf(folder);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it was read');
}

describe('shards', () => {
  it.each([SAFETENSORS, TORCH, 'weights/single-torch'])('%s: are the single file', async (fixture) => {
    const expected = await readAll(MODEL);
    const values = await valuesOf(copyOf(fixture));
    for (const [name, { data }] of expected) expect(values.get(name)).toEqual(data);
    const others = [...values.keys()].filter((name) => !expected.has(name));
    expect(others.every((name) => /masked_bias|inv_freq/.test(name))).toBe(true);
  });

  it('need no index where all of 1-of-n to n-of-n are there', async () => {
    const folder = copyOf(TORCH);
    rmSync(join(folder, 'pytorch_model.bin.index.json'));
    expect((await valuesOf(folder)).size).toBe(18);
    rmSync(join(folder, 'pytorch_model-00002-of-00003.bin'));
    const error = await failureOf(folder);
    expect(error).toBeInstanceOf(MissingCheckpointError);
    expect(error.message).toContain('pytorch_model-00002-of-00003.bin');
  });

  it('are missed by name when the index names them', async () => {
    const folder = copyOf(SAFETENSORS);
    rmSync(join(folder, shard(2)));
    const error = await failureOf(folder);
    expect(error).toBeInstanceOf(MissingCheckpointError);
    expect(error.message).toMatch(
      /model-00002-of-00003\.safetensors does not exist, but .*index\.json names it/,
    );
  });

  it.each<[string, (index: IndexJson) => void, RegExp]>([
    [
      'a tensor in another shard',
      ({ weight_map: map }) => (map['embed_out.weight'] = shard(1)),
      /'embed_out\.weight' is in model-00001-of-00003\.safetensors, but model-00003-of-00003\.safetensors holds it/,
    ],
    [
      'a tensor that no shard holds',
      ({ weight_map: map }) => (map['more.weight'] = shard(2)),
      /'more\.weight' should be in model-00002-of-00003/,
    ],
    [
      'a tensor that it leaves out',
      ({ weight_map: map }) => delete map['embed_out.weight'],
      /'embed_out\.weight' is in the files but not in the index/,
    ],
    [
      'another size',
      ({ metadata }) => (metadata.total_size = 44412),
      /total_size is 44412, the tensors have 44416 bytes/,
    ],
    [
      'a path',
      ({ weight_map: map }) => (map['x'] = '../model.safetensors'),
      /names '\.\.\/model\.safetensors'/,
    ],
    [
      'a file of another format',
      ({ weight_map: map }) => (map['x'] = 'pytorch_model.bin'),
      /names 'pytorch_model/,
    ],
    ['no tensors', (index) => (index.weight_map = {}), /names no tensors/],
    ['no map', (index) => Object.assign(index, { weight_map: 3 }), /weight_map/],
  ])('disagree with an index that names %s', async (_name, change, message) => {
    const error = await failureOf(withIndex(change));
    expect(error).toBeInstanceOf(ShardIndexError);
    expect(error.message).toMatch(message);
  });

  it('may have a total size that counts shared tensors once, or none', async () => {
    expect((await valuesOf(withIndex(({ metadata }) => delete metadata.total_size))).size).toBe(16);
    const torch = (total: number): string =>
      withIndex(({ metadata }) => (metadata.total_size = total), TORCH, 'pytorch_model.bin.index.json');
    const exact = 44416 + 64 + 4 + 20; // the model, U8 mask, masked_bias, inv_freq
    expect((await valuesOf(torch(exact))).size).toBe(18);
    expect(await failureOf(torch(exact - 64))).toBeInstanceOf(ShardIndexError);
  });

  it('disagree with an index that is no JSON', async () => {
    const folder = copyOf(SAFETENSORS);
    writeFileSync(join(folder, INDEX), '{');
    expect((await failureOf(folder)).message).toMatch(/is not JSON/);
  });

  it('hold a tensor once', async () => {
    const folder = copyOf(TORCH);
    rmSync(join(folder, 'pytorch_model.bin.index.json'));
    const first = join(folder, 'pytorch_model-00001-of-00003.bin');
    copyFileSync(first, join(folder, 'pytorch_model-00002-of-00003.bin'));
    expect((await failureOf(folder)).message).toMatch(
      /is in pytorch_model-00001.* and again in pytorch_model-00002/,
    );
  });
});

describe('a single file beside an index', () => {
  /** A sharded checkpoint with the single file of the same model. */
  function both(): string {
    const folder = copyOf(SAFETENSORS);
    copyFileSync(MODEL, join(folder, 'model.safetensors'));
    return folder;
  }

  it('is read where the index does not contradict it, whatever became of the shards', async () => {
    const folder = both();
    rmSync(join(folder, shard(1)));
    expect((await valuesOf(folder)).size).toBe(16);
  });

  it('gives way to the shards where it contradicts the index', async () => {
    const folder = both();
    renameSync(join(folder, shard(3)), join(folder, 'model.safetensors'));
    copyFileSync(
      projectPath(`test/fixtures/weights/sharded-safetensors/${shard(3)}`),
      join(folder, shard(3)),
    );
    expect((await valuesOf(folder)).size).toBe(16);
  });

  it('is refused together with shards that contradict it too', async () => {
    const folder = both();
    copyFileSync(join(folder, shard(3)), join(folder, 'model.safetensors'));
    rmSync(join(folder, shard(2)));
    const error = await failureOf(folder);
    expect(error).toBeInstanceOf(ShardIndexError);
    expect(error.message).toMatch(/fits neither model\.safetensors \(.*\) nor the shards \(.*00002.*\)/);
  });
});

describe('which files a checkpoint needs', () => {
  const one = 'model.safetensors';
  const bins = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'];
  const binIndex = 'pytorch_model.bin.index.json';
  it.each<[string, string[], string[]]>([
    ['one file', ['config.json', one, 'tokenizer.json'], [one]],
    ['safetensors before PyTorch', ['pytorch_model.bin', one], [one]],
    [
      'shards of safetensors before one PyTorch file',
      ['pytorch_model.bin', shard(1), INDEX],
      [shard(1), INDEX],
    ],
    ['PyTorch shards', ['README.md', ...bins, binIndex], [...bins, binIndex]],
    ['shards without an index', [...bins].reverse(), bins],
    ['one file and the index to hold it against', [one, INDEX, shard(1), shard(2)], [one, INDEX]],
    ['nothing that is known', ['flax_model.msgpack', 'adapter_model.safetensors', INDEX], []],
  ])('%s', (_name, there, needed) => {
    expect(weightFilesOf(there)).toEqual(needed);
  });

  it('says so where there are none', async () => {
    const folder = copyOf('gpt-neox/heads4-rotary-full');
    rmSync(join(folder, one));
    expect(await failureOf(folder)).toBeInstanceOf(MissingCheckpointError);
  });

  it('does not fall back on another format where the preferred one is damaged', async () => {
    const folder = copyOf('weights/single-torch');
    writeFileSync(join(folder, one), '{}');
    expect(await failureOf(folder)).toBeInstanceOf(SafetensorsError);
  });
});
