import { describe, expect, it } from 'vitest';
import type { LocalSuite } from '../../src/config/find-suite.js';
import type { LocalManifest } from '../../src/config/suite-manifest.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { openRange } from '../../src/hub/listing/range-source.js';
import { auditSuite } from '../../src/sweep/audit/audit-suite.js';
import { readTorchFile } from '../../src/weights/torch-file.js';
import { projectPath } from '../support/fixtures.js';
import { hubAt, noise, standIn } from '../support/hubs.js';
import { filesOf } from '../support/stand-in-repo.js';

const WEIGHTS = projectPath('test/fixtures/weights');

/** The same model, stored by PyTorch and transformers in one file or in shards. */
const FORMATS = ['single-torch', 'sharded-safetensors', 'sharded-torch'];

function suiteOf(folders: readonly string[]): LocalSuite {
  const manifest: LocalManifest = {
    name: 'formats',
    description: 'one model in several formats',
    architecture: 'gpt_neox',
    tokensPerStep: null,
    runs: [{ seed: 0, checkpoints: folders.map((folder, step) => ({ step, folder, files: {} })) }],
  };
  return { manifest, manifestPath: 'formats.json', folder: WEIGHTS };
}

const noHub = (): never => {
  throw new Error('a local suite needs no Hub');
};

describe('the audit of weights in other formats', () => {
  it.each(['sample', 'all'] as const)(
    'compares values whatever they are stored as, reading %s',
    async (depth) => {
      const { findings } = await auditSuite({ suite: suiteOf(FORMATS), hub: noHub, depth });
      const equal = findings.filter(({ kind }) => kind === 'final_weights');
      expect(equal.map(({ step, equals }) => [step, equals])).toEqual([
        [0, 2],
        [1, 2],
      ]);
      expect(equal[0]?.evidence).toMatch(
        /^same values as step 2 in all \d+ tensors read, though the files differ$/,
      );
      expect(findings.filter(({ kind }) => kind !== 'final_weights').map(({ kind }) => kind)).toEqual([
        'format_changed',
        'format_changed',
      ]);
    },
  );

  it('sees no more than the formats where it reads listings only', async () => {
    const { findings } = await auditSuite({ suite: suiteOf(FORMATS), hub: noHub });
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['format_changed']));
  });
});

describe('openRange', () => {
  it('reads a PyTorch file by parts, each brought once', async () => {
    const standing = await standIn();
    const files = { ...filesOf(`${WEIGHTS}/single-torch`), 'noise.bin': noise(1_000_000) };
    const { main: commit = '' } = standing.addRepo('a/b', { main: files });
    const at = { hub: hubAt(standing), repo: 'a/b', commit };
    const listing = await listFiles(at);
    const open = (path: string) => {
      const file = listing.find((one) => one.path === path);
      if (file === undefined) throw new Error(path);
      let bytes = 0;
      const source = openRange({ ...at, file, onBytes: (count) => (bytes += count) });
      return { source, bytes: () => bytes };
    };
    const torch = open('pytorch_model.bin');
    const opened = await readTorchFile(torch.source);
    const [name = ''] = opened.tensors.keys();
    expect(await opened.readStart(name, 5)).toEqual((await opened.read(name)).data.subarray(0, 5));
    expect(torch.bytes()).toBeGreaterThan(0);

    const { source, bytes } = open('noise.bin');
    const read = async (offset: number, length: number): Promise<void> => {
      const target = new Uint8Array(length);
      await source.readInto(offset, target);
      expect(Buffer.from(target).equals(noise(1_000_000).subarray(offset, offset + length))).toBe(true);
    };
    await read(500_000, 10);
    expect(bytes()).toBe(65_536);
    await read(565_526, 10);
    expect(bytes()).toBe(65_536);
    await read(100_000, 300_000);
    expect(bytes()).toBe(365_536);
    await read(999_990, 10);
    expect(bytes()).toBe(365_546);
    await expect(source.readInto(999_999, new Uint8Array(2))).rejects.toThrow(RangeError);
  });
});
