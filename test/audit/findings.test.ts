import { describe, expect, it } from 'vitest';
import { auditRuns } from '../../src/audit/audit-run.js';
import type { KnownFault, ListedCheckpoint, RunFacts, StepCheckpoint } from '../../src/audit/facts.js';
import { listed, runOf, tensorsOf } from './runs.js';

const at = (step: number, hash: string, rest: Partial<ListedCheckpoint> = {}): StepCheckpoint => ({
  ...listed(hash, rest),
  step,
});

const fault = (kind: string, steps: readonly number[], rest: Partial<KnownFault> = {}): KnownFault => ({
  kind,
  state: 'present',
  expected: false,
  note: 'Seen.',
  report: `https://example.org/${kind}`,
  covers: (_seed, step) => steps.includes(step),
  ...rest,
});

function audit(run: RunFacts, faults: readonly KnownFault[] = []): string[] {
  return auditRuns({ runs: [run], faults }).map(
    ({ step, kind, severity, equals }) => `${step ?? 'run'} ${kind} ${severity} ${equals ?? '-'}`,
  );
}

const files = (...hashes: readonly string[]): Partial<ListedCheckpoint> => ({
  weights: hashes.map((hash, i) => ({ path: `model-0000${i + 1}-of-00002.safetensors`, size: 500, hash })),
});

describe('equal weights', () => {
  it('are wrong at every step but the last where they are the final ones', () => {
    const run = runOf([at(0, 'z'), at(1, 'b'), at(2, 'z'), at(3, 'z')]);
    expect(audit(run)).toEqual(['0 final_weights bad 3', '2 final_weights bad 3']);
    expect(audit({ ...run, main: listed('z') })).toEqual([
      '0 final_weights bad main',
      '2 final_weights bad main',
    ]);
  });

  it('of other steps name all of them, and may be expected for some', () => {
    const run = runOf([at(0, 'a'), at(1, 'a'), at(2, 'a'), at(3, 'b')]);
    const expected = fault('duplicate', [0, 1], { expected: true });
    expect(audit(run, [expected])).toEqual([
      '0 duplicate warning 2',
      '1 duplicate warning 2',
      '2 duplicate warning 0',
    ]);
    const fine = runOf([at(0, 'a'), at(1, 'a'), at(2, 'c'), at(3, 'b')]);
    expect(audit(fine, [expected])).toEqual(['0 duplicate expected 1', '1 duplicate expected 0']);
    expect(audit(fine)).toEqual(['0 duplicate warning 1', '1 duplicate warning 0']);
  });

  it('are found through a twin: A = B by bytes and B = C in value', () => {
    const values = { embed: Float32Array.of(1, 0, 3, 4) };
    const twin = { embed: Float32Array.of(1, -0, 3, 4) };
    const other = { embed: Float32Array.of(5, 6, 7, 9) };
    const run = runOf([
      at(0, 'other', { tensors: tensorsOf(other) }),
      at(1, 'a', { tensors: tensorsOf(values) }),
      at(2, 'c', { tensors: tensorsOf(twin) }),
      at(3, 'a', { tensors: tensorsOf(values) }),
    ]);
    const [one, two] = auditRuns({ runs: [run], faults: [] });
    expect(one).toMatchObject({ step: 1, kind: 'final_weights', evidence: 'same files as step 3 (a...)' });
    expect(two).toMatchObject({
      step: 2,
      kind: 'final_weights',
      evidence: 'same values as step 3 in all 1 tensors read, though the files differ',
    });
  });
});

describe('a shard of another step', () => {
  it('is wrong where it is that of the final model', () => {
    const run = runOf([at(0, '', files('a', 'b')), at(1, '', files('z', 'c')), at(2, '', files('z', 'y'))]);
    expect(audit(run)).toEqual(['1 other_step_shard bad 2']);
    expect(audit(run, [fault('other_step_shard', [1])])).toEqual(['1 other_step_shard bad 2']);
  });

  it('names both steps where neither is the last', () => {
    const run = runOf([at(0, '', files('a', 'b')), at(1, '', files('a', 'c')), at(2, '', files('d', 'e'))]);
    expect(audit(run)).toEqual(['0 other_step_shard bad 1', '1 other_step_shard bad 0']);
  });

  it('shows in the tensors of a single file, but not in what is never trained', () => {
    const tensors = (mlp: number, out: number) =>
      tensorsOf({
        frozen: Float32Array.of(1, 2, 3, 4),
        mlp: Float32Array.of(mlp, 1, 2, 3),
        out: Float32Array.of(out, 1, 2, 3),
      });
    const run = runOf(
      [1, 2, 3, 4, 5].map((k) => at(k, `file ${k}`, { tensors: tensors(k, k === 2 ? 5 : k) })),
    );
    expect(audit(run)).toEqual(['2 other_step_tensors warning 5']);
  });
});

describe('what should stay the same', () => {
  const sound = [at(0, 'a'), at(1, 'b'), at(2, 'c')];

  it('config: keys that decide results are bad, others a warning, and how it was written is nothing', () => {
    const config = (step: number, rest: Partial<ListedCheckpoint>) => runOf([...sound, at(step, 'd', rest)]);
    const model = { dModel: 9 };
    expect(audit(config(3, { model, config: { hidden_size: 9 } }))).toEqual(['3 config_changed bad -']);
    expect(audit(config(3, { config: { hidden_size: 8, new_key: [1] } }))).toEqual([
      '3 config_changed warning -',
    ]);
    expect(audit(config(3, { config: { transformers_version: '4', hidden_size: 8 } }))).toEqual([]);
    const [finding] = auditRuns({ runs: [config(3, { model })], faults: [] });
    expect(finding?.evidence).toBe('dModel is 9, elsewhere 8');
  });

  it('tokenizer: of all runs together', () => {
    const other = { files: [{ path: 'tokenizer.json', size: 10, hash: 'other' }] };
    const runs = [runOf(sound), { ...runOf([at(0, 'x', other), at(1, 'y', other)]), seed: 1 }];
    const found = auditRuns({ runs, faults: [] });
    expect(found.map(({ seed, step, kind }) => [seed, step, kind])).toEqual([
      [1, 0, 'tokenizer_changed'],
      [1, 1, 'tokenizer_changed'],
    ]);
  });

  it('format and size of the weights', () => {
    const size = (bytes: number) => ({ weights: [{ path: 'model.safetensors', size: bytes, hash: 'd' }] });
    expect(audit(runOf([...sound, at(3, 'd', size(1000.5))]))).toEqual([]);
    expect(audit(runOf([...sound, at(3, 'd', size(1010))]))).toEqual(['3 format_changed warning -']);
    const torch = { weights: [{ path: 'pytorch_model.bin', size: 1000, hash: 'd' }] };
    expect(audit(runOf([...sound, at(3, 'd', torch)]))).toEqual(['3 format_changed warning -']);
  });

  it('names and shapes of tensors', () => {
    const rows = (length: number, name = 'embed') =>
      tensorsOf({ [name]: Float32Array.from({ length }, (_, i) => i * length) });
    const steps = [2, 3, 4].map((n) => at(n, `f${n}`, { tensors: rows(2 * n) }));
    const same = [10, 11].map((n) => at(n, `f${n}`, { tensors: rows(4) }));
    const [finding] = auditRuns({ runs: [runOf([...steps.slice(1, 2), ...same.slice(0, 1)])], faults: [] });
    expect(finding).toMatchObject({
      step: 3,
      kind: 'tensors_changed',
      evidence: 'has embed [2, 3]; lacks embed [2, 2]; 1 of 1 tensors differ',
    });
  });
});

describe('known faults', () => {
  it('are not missed where they were only claimed, are repaired, or cannot show in a listing', () => {
    const run = runOf([at(0, 'a'), at(1, 'b')]);
    expect(audit(run, [fault('duplicate', [0, 1], { state: 'claimed' })])).toEqual([]);
    expect(audit(run, [fault('missing', [0], { state: 'repaired' })])).toEqual([]);
    expect(audit(run, [fault('unrelated_run', [1])])).toEqual([]);
    expect(audit(run, [fault('missing', [0]), fault('final_weights', [0])])).toEqual([
      '0 fault_not_seen warning -',
    ]);
  });
});
