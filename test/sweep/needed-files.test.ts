import { describe, expect, it } from 'vitest';
import type { HubFile } from '../../src/hub/listing/list-files.js';
import { filesForCheckpoint, filesForTokenizer, lackingFile } from '../../src/sweep/sources/needed-files.js';

const listing = (...paths: string[]): HubFile[] =>
  paths.map((path, i) => ({ path, size: i + 1, blob: `${i}`.padStart(40, '0'), sha256: null }));

const SHARDS = [1, 2, 3].map((n) => `pytorch_model-0000${n}-of-00003.bin`);

describe('the files that a checkpoint needs', () => {
  it.each<[string, string[], string[], string | null]>([
    [
      'one format only, nothing else',
      [
        '.gitattributes',
        'README.md',
        'config.json',
        'flax_model.msgpack',
        'model.safetensors',
        'pytorch_model.bin',
      ],
      ['config.json', 'model.safetensors'],
      null,
    ],
    [
      'shards with their index',
      ['config.json', 'pytorch_model.bin.index.json', ...SHARDS, 'tokenizer.json'],
      ['config.json', 'pytorch_model.bin.index.json', ...SHARDS],
      null,
    ],
    [
      'a shard that is missing',
      ['config.json', ...SHARDS.slice(0, 2)],
      ['config.json', ...SHARDS.slice(0, 2)],
      SHARDS[2] ?? '',
    ],
    ['no weights', ['config.json', 'tokenizer.json'], ['config.json'], 'model.safetensors'],
    [
      'weights below a folder do not count',
      ['config.json', 'fp16/model.safetensors'],
      ['config.json'],
      'model.safetensors',
    ],
    ['no config', ['model.safetensors'], ['model.safetensors'], 'config.json'],
    ['nothing at all', [], [], 'config.json'],
  ])('%s', (_name, paths, needed, lacking) => {
    expect(filesForCheckpoint(listing(...paths)).map(({ path }) => path)).toEqual(needed);
    expect(lackingFile(listing(...paths))).toBe(lacking);
  });

  it('the tokenizer is one file', () => {
    const files = listing('config.json', 'tokenizer.json', 'tokenizer_config.json', 'old/tokenizer.json');
    expect(filesForTokenizer(files)).toEqual(files.slice(1, 2));
    expect(filesForTokenizer(files.slice(2))).toEqual([]);
  });
});
