import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { auditCommand } from '../../src/cli/commands/audit.js';
import { stepRanges } from '../../src/cli/text/audit-text.js';
import type { Terminal } from '../../src/cli/terminal/terminal.js';
import { EXIT_CODES } from '../../src/errors/errors.js';
import { AuditFindingsError } from '../../src/errors/sweep-errors.js';
import { readStore } from '../../src/store/database.js';
import { faultySuite, LAST, soundRepo, STEPS, weightsAt } from '../support/faulty-suite.js';
import { standIn } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';

afterEach(() => vi.unstubAllEnvs());

/** Runs the command. @returns what it printed, and the failure that it ended with */
async function audit(...args: string[]): Promise<{ out: string; error: unknown }> {
  const out: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    note: () => undefined,
    progress: () => undefined,
    endProgress: () => undefined,
    colors: createColors(false),
  };
  const error: unknown = await auditCommand(terminal)
    .exitOverride()
    .parseAsync(args, { from: 'user' })
    .then(
      () => null,
      (reason: unknown) => reason,
    );
  return { out: out.join('\n'), error };
}

/** A suite on a stand-in Hub, of which steps 2 to 8 hold the final model, as a manifest in a folder. */
async function spoiledSuite(): Promise<string> {
  const standing = await standIn();
  const repo = soundRepo();
  for (const step of [2, 4, 8]) repo.weights(step, weightsAt(LAST));
  const folder = scratchFolder();
  const path = join(folder, 'faulty.json');
  writeFileSync(path, JSON.stringify(faultySuite(standing, [repo]).manifest));
  vi.stubEnv('HF_ENDPOINT', standing.endpoint);
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'cache'));
  return path;
}

describe('heuristrace audit', () => {
  it('prints findings with their steps as ranges, stores them and ends with its own exit code', async () => {
    const suite = await spoiledSuite();
    const db = join(scratchFolder(), 'audit.duckdb');
    const { out, error } = await audit(suite, '--deep', '--db', db);
    expect(error).toBeInstanceOf(AuditFindingsError);
    expect(error).toMatchObject({ checkpoints: 3, exitCode: EXIT_CODES.auditFindings.code });
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^bad +final_weights +step 2\.\.8$/);
    expect(lines[1]).toMatch(/^ +same files as main \([0-9a-f]{12}\.\.\.\) +\[step 2; 3 steps\]$/);
    expect(lines.at(-2)).toBe('faulty: 14 checkpoints, 1 run(s); 3 bad, 0 warning, 2 expected');
    expect(lines.at(-1)).toMatch(/^read: the start of some tensors; [\d.]+ kB of [\d.]+ kB of weights/);
    const rows = await readStore({ db }, async (connection) =>
      (
        await connection.runAndReadAll(
          `SELECT severity, count(*)::INTEGER, min(other) FROM checkpoint_audit GROUP BY severity ORDER BY severity`,
        )
      ).getRowsJS(),
    );
    expect(rows).toEqual([
      ['bad', 3, 'main'],
      ['expected', 2, 'step 0'],
      ['ok', 9, null],
    ]);
  });

  it('prints JSON, and speaks of the steps asked for', async () => {
    const suite = await spoiledSuite();
    const { out, error } = await audit(suite, '--steps', '8,16', '--json');
    expect(error).toBeInstanceOf(AuditFindingsError);
    expect(JSON.parse(out)).toMatchObject({
      suite: 'faulty',
      depth: 'listing',
      runs: [{ seed: 0, steps: [8, 16] }],
      findings: [{ step: 8, kind: 'final_weights', severity: 'bad', equals: 'main' }],
      bytesRead: 0,
    });
  });

  it('ends well on the sound suite that ships', async () => {
    const { out, error } = await audit('embedded', '--seeds', '1');
    expect(error).toBeNull();
    expect(out).toMatch(/^embedded: 12 checkpoints, 1 run\(s\); 0 bad, 0 warning, 0 expected\n/);
  });

  it('refuses a depth that is none', async () => {
    const { error } = await audit('embedded', '--deep=much');
    expect(error).toMatchObject({ kind: 'usage' });
    expect(existsSync('much')).toBe(false);
  });
});

describe('stepRanges', () => {
  it('writes steps as --steps takes them', () => {
    expect(stepRanges([0, 1, 2, 4, 16, 32, LAST], STEPS)).toBe('0..4,16,32,3000');
    expect(stepRanges([8], STEPS)).toBe('8');
  });
});
