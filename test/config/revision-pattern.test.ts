import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  guessPattern,
  numberOfRevision,
  parsePattern,
  revisionName,
  type RevisionPattern,
} from '../../src/config/revision-pattern.js';

function pattern(text: string): RevisionPattern {
  const parsed = parsePattern(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

describe('a pattern of revisions', () => {
  it.each<[string, number, string]>([
    ['step{step}', 143_000, 'step143000'],
    ['step-{step}', 0, 'step-0'],
    ['ckpt_{checkpoint:3}', 7, 'ckpt_007'],
    ['step-{step:6}', 1_234_567, 'step-1234567'],
  ])('%s names %i %s', (text, number, name) => {
    expect(revisionName(pattern(text), number)).toBe(name);
    expect(numberOfRevision(pattern(text), name)).toBe(number);
  });

  it.each<[string, string, number | null]>([
    ['step-{step:6}-*', 'step-001000-2BT', 1000],
    ['step-{step:6}-*', 'step-001000-', null],
    ['step-{step:6}-*', 'step-1000-2BT', null],
    ['stage*-step{step}-tokens*', 'stage1-step1907359-tokens4001B', 1_907_359],
    ['step{step}', 'step01000', null],
    ['step{step}', 'step1000-old', null],
    ['step{step}', 'xstep1000', null],
    ['step{step}', 'step99999999999999999999', null],
    ['v1.{step}', 'v1x5', null],
    ['v1.{step}', 'v1.5', 5],
  ])('%s reads %s as %s', (text, name, number) => {
    expect(numberOfRevision(pattern(text), name)).toBe(number);
  });

  it('decides no name where it has a part to ignore', () => {
    expect(revisionName(pattern('step-{step:6}-*'), 1000)).toBeNull();
  });

  it.each(['step', '{step}{step}', '{step:0}', '{epoch}', 'a{step', '{step:123}'])('is not %s', (text) => {
    expect(parsePattern(text)).toBeNull();
  });

  it('reads what it names', () => {
    const literal = fc.stringMatching(/^[a-z.+_-]{0,6}$/);
    fc.assert(
      fc.property(
        literal,
        literal,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        fc.constantFrom('step', 'checkpoint'),
        (before, behind, width, number, word) => {
          const own = pattern(`${before}{${word}:${width}}${behind}`);
          expect(numberOfRevision(own, revisionName(own, number) ?? '')).toBe(number);
        },
      ),
      { seed: 5 },
    );
  });
});

describe('guessing the pattern of a repo', () => {
  it.each<[string, string[]]>([
    ['step{step}', ['main', 'step0', 'step1', 'step1000', 'step-5-x']],
    ['step-{step}', ['main', 'step-240000', 'step-480000', 'old']],
    ['step-{step:6}-*', ['main', 'step-001000-2BT', 'step-002000-4BT']],
    ['ckpt_{checkpoint:3}', ['ckpt_000', 'ckpt_001', 'main']],
    ['checkpoint-{step}', ['checkpoint-500', 'checkpoint-1000', 'step7']],
    ['step{step}-*', ['step1000-tokens4B', 'step2000-tokens8B']],
  ])('%s', (text, refs) => {
    expect(guessPattern(refs)).toBe(text);
  });

  it('needs two revisions that fit', () => {
    expect(guessPattern(['main', 'step1', 'dev'])).toBeNull();
    expect(guessPattern([])).toBeNull();
  });
});
