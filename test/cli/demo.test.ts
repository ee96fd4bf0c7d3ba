import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalManifest } from '../../src/config/suite-manifest.js';
import { cli, type CliResult } from '../support/cli.js';
import { projectPath } from '../support/fixtures.js';

/** The demo takes about a minute, on a busy machine several. */
const MINUTES = 60_000;

let out: string;
let first: CliResult;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'heuristrace-demo-'));
  first = await cli(['demo', '--out', out]);
}, 15 * MINUTES);

afterAll(() => {
  rmSync(out, { recursive: true });
});

async function ask(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await cli([
    'query',
    ...args,
    '--db',
    join(out, 'embedded.duckdb'),
    '--json',
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

describe('the demo', () => {
  it('sweeps every checkpoint that ships, prints the summary and says where the files are', async () => {
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/4,000 +100 %/);
    expect(first.stderr).toMatch(/database: .*embedded\.duckdb/);
    expect(first.stderr).toMatch(/report: .*embedded\.html/);
    expect(existsSync(join(out, 'embedded.html'))).toBe(true);
    const manifest = JSON.parse(
      readFileSync(projectPath('checkpoints/embedded/suite.json'), 'utf8'),
    ) as LocalManifest;
    const shipped = manifest.runs.flatMap((run) =>
      run.checkpoints.map(({ step }) => ({ seed: run.seed, step })),
    );
    expect(shipped).toHaveLength(28 + 12 + 12);
    const stored = await ask('--sql', 'SELECT seed, step FROM checkpoints ORDER BY ALL');
    expect(stored).toEqual(shipped.sort((a, b) => a.seed - b.seed || a.step - b.step));
  });

  it('finds its work done when it runs again', async () => {
    const again = await cli(['demo', '--out', out, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ checkpoints: 52, reused: 52 });
  });

  it('answers how many neurons implement a heuristic on op1 for + at each step, beside chance', async () => {
    const rows = await ask(
      'heuristic-counts',
      '--param',
      'operator=+',
      '--param',
      'target=op1',
      '--param',
      'family=any',
      '--param',
      'seed=0',
    );
    expect(rows).toHaveLength(28);
    const counted = await ask(
      '--sql',
      `SELECT n.step, count(DISTINCT (layer, neuron))::INTEGER AS neurons FROM neuron_heuristics n JOIN units USING (unit_id)
       JOIN configurations USING (configuration_id)
       WHERE n.seed = 0 AND preset = 'paper' AND operator = '+' AND target = 'op1' GROUP BY n.step ORDER BY n.step`,
    );
    const found = rows.filter((row) => row['neurons'] !== 0).map(({ step, neurons }) => ({ step, neurons }));
    expect(found).toEqual(counted);
    for (const row of rows) expect(row['chance_activations_permuted']).toBeTypeOf('number');
    expect(rows.at(-1)?.['neurons']).toBeGreaterThan(30);
  });

  it('answers at which step the first half of the final heuristics was there', async () => {
    const rows = await ask('half-of-the-final', '--param', 'seed=0');
    expect(rows.map(({ operator }) => operator)).toEqual(['+', '-', '*', '/', 'any']);
    for (const { step, share } of rows) {
      expect(step).toBeGreaterThan(0);
      expect(step).toBeLessThan(4000);
      expect(share).toBeGreaterThanOrEqual(0.5);
    }
  });

  it('shows the order of events: quotients and products first, sums and differences later', async () => {
    const rows = await ask('onset-steps', '--param', 'seed=0');
    const half = Object.fromEntries(
      rows
        .filter((row) => row['quantity'] === 'accuracy')
        .map(({ operator, half_step }) => [operator, half_step]),
    ) as Record<'+' | '-' | '*' | '/', number>;
    expect(half['/']).toBeLessThan(half['*']);
    expect(half['*']).toBeLessThan(half['+']);
    expect(half['*']).toBeLessThan(half['-']);
  });
});
