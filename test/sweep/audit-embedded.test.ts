import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSuite } from '../../src/config/find-suite.js';
import { AUDIT_DEPTHS } from '../../src/domain/audit-finding.js';
import type { LocalManifest } from '../../src/config/suite-manifest.js';
import { auditSuite } from '../../src/sweep/audit/audit-suite.js';
import { encodeSafetensors, openSafetensors } from '../../src/weights/safetensors.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';

const hub = (): never => {
  throw new Error('a local suite needs no Hub');
};

describe('the audit of the embedded suite', () => {
  it.each(AUDIT_DEPTHS)('finds nothing, reading %s', async (depth) => {
    const suite = await findSuite('embedded', () => undefined);
    const { findings, runs, bytesRead, weightBytes } = await auditSuite({ suite, hub, depth });
    expect(findings).toEqual([]);
    expect(runs.map(({ steps }) => steps.length)).toEqual([28, 12, 12]);
    if (depth === 'listing') expect(bytesRead).toBe(0);
    if (depth === 'sample') expect(bytesRead).toBeLessThan(0.75 * weightBytes);
    if (depth === 'all') expect(bytesRead).toBeGreaterThan(0.99 * weightBytes);
  });
});

const EMBEDDED = projectPath('checkpoints/embedded');

/** Seed 0 of the embedded suite in a folder of its own, without the checksums that the manifest promises. */
function copyOfSeed0(): string {
  const folder = scratchFolder();
  cpSync(join(EMBEDDED, 'seed0'), join(folder, 'seed0'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(EMBEDDED, 'suite.json'), 'utf8')) as LocalManifest;
  const runs = manifest.runs.slice(0, 1).map((run) => ({
    ...run,
    checkpoints: run.checkpoints.map((one) => ({ ...one, files: {} })),
  }));
  writeFileSync(join(folder, 'suite.json'), JSON.stringify({ ...manifest, runs }));
  return folder;
}

/** Puts weights in place of those of another step, each value changed by about a thousandth. */
async function exchange(folder: string, from: number, to: number): Promise<void> {
  const path = (step: number): string => join(folder, 'seed0', `step${step}`, 'model.safetensors');
  const source = await openSafetensors(path(from));
  const tensors = new Map<string, RawTensor>();
  for (const name of source.tensors.keys()) {
    const { shape, data } = await source.read(name);
    tensors.set(name, { shape, data: data.map((x, i) => x * (1 + 1e-3 * Math.sin(i))) });
  }
  await source.close();
  writeFileSync(path(to), encodeSafetensors(tensors, 'F16', source.header.metadata));
}

describe('the audit of a real training with exchanged checkpoints', () => {
  it.each([
    // As at pythia-2.8b, but under other values: neither hashes nor fingerprints tell.
    { from: 3600, to: 64 },
    { from: 4000, to: 0 },
    { from: 8, to: 1024 },
    { from: 1408, to: 256 },
  ])('finds weights of step $from at step $to', async ({ from, to }) => {
    const folder = copyOfSeed0();
    await exchange(folder, from, to);
    const suite = await findSuite(folder, () => undefined);
    const listing = await auditSuite({ suite, hub });
    expect(listing.findings).toEqual([]);
    const { findings } = await auditSuite({ suite, hub, depth: 'sample' });
    expect(findings.map(({ step, kind, equals }) => [step, kind, equals])).toEqual([
      [to, 'out_of_place', from],
    ]);
  });

  it('finds a damaged file, and one that is not what the manifest promises', async () => {
    const folder = copyOfSeed0();
    const path = join(folder, 'seed0', 'step128', 'model.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, -100));
    const suite = await findSuite(folder, () => undefined);
    const { findings } = await auditSuite({ suite, hub, depth: 'sample' });
    expect(findings.map(({ step, kind }) => [step, kind])).toEqual([[128, 'unreadable']]);
    expect(findings[0]?.evidence).toMatch(/truncated/);
    const manifestPath = join(folder, 'suite.json');
    writeFileSync(manifestPath, readFileSync(join(EMBEDDED, 'suite.json')));
    const promised = await auditSuite({ suite: await findSuite(folder, () => undefined), hub });
    expect(promised.findings.map(({ step, kind }) => [step, kind])).toEqual([[128, 'unreadable']]);
    expect(promised.findings[0]?.evidence).toMatch(/the manifest says/);
  });
});
