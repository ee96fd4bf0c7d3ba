import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePrompt } from '../../src/cli/options/parse-prompt.js';
import { UsageError } from '../../src/errors/errors.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';

interface Explained {
  readonly step: number;
  readonly predicted: number;
  readonly correct: boolean;
  readonly heuristicsFrom: string;
  readonly candidates: readonly {
    readonly answer: number;
    readonly heuristics: number;
    readonly otherNeurons: number;
    readonly together: number;
    readonly model: number;
  }[];
  readonly heuristics: readonly {
    readonly heuristic: string;
    readonly neurons: number;
    readonly logit: number;
  }[];
}

describe('explain', () => {
  it('says which heuristics vote for which answers, without a database and from one alike', async () => {
    const folder = scratchFolder();
    const db = join(folder, 'a.duckdb');
    const svg = join(folder, 'chart.svg');
    const ask = async (...more: string[]): Promise<Explained> => {
      const { stdout, code } = await cli(['explain', '47+38=', '--db', db, '--json', ...more]);
      expect(code).toBe(0);
      return JSON.parse(stdout) as Explained;
    };
    const fresh = await ask('--svg', svg);
    expect(fresh).toMatchObject({
      step: 4000,
      predicted: 85,
      correct: true,
      heuristicsFrom: 'classified now',
    });
    expect(fresh.candidates.map(({ answer }) => answer)).toContain(85);
    for (const { heuristics, otherNeurons, together } of fresh.candidates)
      expect(heuristics + otherNeurons).toBeCloseTo(together, 9);
    const totals = fresh.candidates.map(({ together }) => together);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
    expect(fresh.heuristics.some(({ heuristic }) => heuristic.startsWith('result in ['))).toBe(true);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg[^>]*>.*85 \(right\)/s);

    const settings = ['--steps', '4000', '--seeds', '0', '--operators', '+', '--measures', 'classification'];
    expect((await cli(['sweep', ...settings, '--presets', 'paper', '--db', db])).code).toBe(0);
    const stored = await ask();
    expect(stored.heuristicsFrom).toBe('database');
    expect(stored.candidates).toEqual(fresh.candidates);
    expect(stored.heuristics).toEqual(fresh.heuristics);
  });

  it('refuses what is no prompt, in words', async () => {
    const folder = scratchFolder();
    for (const [prompt, said] of [
      ['12', 'is no prompt'],
      ['2-9', 'has no answer'],
      ['7/0=', 'has no answer'],
      ['150+90=', 'a number above 198'],
    ] as const) {
      const { code, stderr } = await cli(['explain', prompt, '--db', join(folder, 'none')]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    }
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('reads prompts as people write them', () => {
    expect(parsePrompt(' 226 - 68 = ')).toEqual({ operator: '-', op1: 226, op2: 68, answer: 158 });
    expect(parsePrompt('7/2')).toEqual({ operator: '/', op1: 7, op2: 2, answer: 3 });
    expect(() => parsePrompt('-3+4')).toThrow(UsageError);
  });
});
