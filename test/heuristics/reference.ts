import type { Target } from '../../src/domain/heuristic.js';
import type { Prompt } from '../../src/domain/prompt.js';

/*
 * The classification once more, straight from section 7 of the method, slow and plain: prompts are objects, heuristics are
 * functions, maps are sorted arrays. Shares no code with src/heuristics.
 */

export type PresetName = 'paper' | 'released-code';

interface Rule {
  readonly key: string;
  readonly target: Target;
  readonly family: string;
  readonly holds: (prompt: Prompt) => boolean;
  readonly k: number;
  readonly associated: readonly Prompt[];
  readonly twoSided: boolean;
}

export interface ReferenceScore {
  readonly score: number;
  readonly k: number;
  readonly associated: number;
  readonly sign: 1 | -1;
}

const TARGETS: readonly Target[] = ['op1', 'op2', 'operands', 'result'];
const upTo = (end: number, step = 1): number[] =>
  Array.from({ length: Math.max(0, Math.ceil(end / step)) }, (_, i) => i * step);

function valuesOf(prompt: Prompt, target: Target): number[] {
  if (target === 'operands') return [prompt.op1, prompt.op2];
  return [target === 'op1' ? prompt.op1 : target === 'op2' ? prompt.op2 : prompt.answer];
}

const text = (value: number): string => String(value).padStart(3, '0');
const fits = (value: number, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\d')}$`).test(text(value));
const wildcards = (value: number): string[] => {
  const [a = '', b = '', c = ''] = text(value);
  // In the order of the published code: fewest wildcards first, then from the left.
  return [a + b + c, `${a}${b}.`, `${a}.${c}`, `.${b}${c}`, `${a}..`, `.${b}.`, `..${c}`];
};
const isRange = (pattern: string): boolean => pattern.endsWith('.') && !pattern.startsWith('.');

export class Reference {
  readonly prompts: readonly Prompt[];
  readonly rules: readonly Rule[];

  constructor(
    readonly preset: PresetName,
    everyPrompt: readonly Prompt[],
    readonly maxOperand: number,
    readonly maxAnswer: number,
  ) {
    const released = preset === 'released-code';
    this.prompts = everyPrompt.filter(
      ({ operator, op1, answer }) =>
        !(released && ((operator === '+' && answer === maxAnswer) || (operator === '/' && op1 === 0))),
    );
    const all = released ? this.releasedRules() : this.paperRules();
    const useful = all.filter(({ associated, k, key }) => {
      const [only] = associated;
      const onePrompt = key.startsWith('operands') && associated.length === 1 && only?.op1 === only?.op2;
      return k > 0 && associated.length > 0 && associated.length < this.prompts.length && !onePrompt;
    });
    const seen = new Set<string>();
    this.rules = useful.filter(({ target, k, associated }) => {
      const extent = `${target} ${k} ${associated.map(({ op1, op2 }) => `${op1},${op2}`).join(' ')}`;
      return !seen.has(extent) && seen.add(extent);
    });
  }

  get operator(): string {
    return this.prompts[0]?.operator ?? '';
  }

  private rule(
    key: string,
    target: Target,
    family: string,
    holdsForValue: (value: number) => boolean,
    k?: (associated: number) => number,
    twoSided = true,
  ): Rule {
    const holds = (prompt: Prompt): boolean => valuesOf(prompt, target).every(holdsForValue);
    return this.finish({ key, target, family, holds, twoSided }, k);
  }

  private finish(rule: Omit<Rule, 'k' | 'associated'>, k?: (associated: number) => number): Rule {
    const associated = this.prompts.filter(rule.holds);
    const size = Math.min(k?.(associated.length) ?? associated.length, this.prompts.length);
    return { ...rule, associated, k: size };
  }

  private largest(target: Target): number {
    return Math.max(...this.prompts.flatMap((prompt) => valuesOf(prompt, target)));
  }

  private ranges(
    target: Target,
    length: number,
    starts: readonly number[],
    k?: (n: number) => number,
  ): Rule[] {
    const last = this.largest(target) + 1;
    return starts.map((from) => {
      const to = Math.min(from + length, last);
      return this.rule(`${target} in [${from},${to})`, target, 'range', (v) => from <= v && v < to, k);
    });
  }

  private mods(
    target: Target,
    moduli: readonly number[],
    k?: (n: number) => (associated: number) => number,
  ): Rule[] {
    return moduli.flatMap((n) =>
      upTo(n).map((m) => this.rule(`${target} = ${m} mod ${n}`, target, 'mod', (v) => v % n === m, k?.(n))),
    );
  }

  private occurring(target: Target): number[] {
    return [...new Set(this.prompts.flatMap((prompt) => valuesOf(prompt, target)))].sort((a, b) => a - b);
  }

  private identical(k?: () => number): Rule {
    return this.finish(
      {
        key: 'op1 = op2',
        target: 'operands',
        family: 'identical',
        holds: ({ op1, op2 }) => op1 === op2,
        twoSided: k === undefined,
      },
      k,
    );
  }

  private paperRules(): Rule[] {
    const lengths = this.operator === '/' ? [2, 10, 100] : [10, 30, 50, 100];
    const starts = (length: number, target: Target): number[] =>
      upTo(this.largest(target), Math.max(Math.floor(length / 3), 10));
    const patterns = (target: Target): Rule[] => {
      const found = [...new Set(this.occurring(target).flatMap(wildcards))].filter(
        (p) => p.includes('.') && !isRange(p),
      );
      const digits = (p: string): number => p.replaceAll('.', '').length;
      found.sort((a, b) => digits(a) - digits(b));
      return found.map((p) => this.rule(`${target} ~ ${p}`, target, 'pattern', (v) => fits(v, p)));
    };
    const values = (target: Target): Rule[] =>
      this.occurring(target).map((value) =>
        this.rule(`${target} = ${value}`, target, 'value', (v) => v === value),
      );
    return [
      ...(['op1', 'op2', 'result'] as const).flatMap(values),
      ...TARGETS.flatMap((t) => lengths.flatMap((length) => this.ranges(t, length, starts(length, t)))),
      ...TARGETS.flatMap((t) => this.mods(t, [2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15])),
      ...TARGETS.flatMap(patterns),
      this.identical(),
    ];
  }

  /** f of the method. */
  get density(): number {
    return this.prompts.length / (this.maxOperand * this.maxOperand);
  }

  private releasedRules(): Rule[] {
    const { operator, maxOperand, maxAnswer, density } = this;
    const moduli = [2, 3, 4, 5, 6, 7, 8, 9, 10];
    const one = (n: number) => () => Math.trunc(Math.floor(maxOperand / n) * maxOperand * density);
    const two = (n: number) => () => Math.trunc(Math.floor(maxOperand / n) ** 2 * density);
    const capped = (k: number): number =>
      operator === '*' || operator === '/' ? Math.min(k, maxOperand) : k;
    const operandLengths = operator === '*' ? [3, 5, 10] : [10, 30, 50, 100];
    const resultLengths = { '+': [10, 30, 50], '-': [10, 30, 50], '*': [10, 30, 50, 100], '/': [2, 10, 100] }[
      operator
    ];
    const resultEnd =
      { '+': 2 * maxOperand, '-': maxOperand, '*': maxAnswer + 1, '/': maxOperand }[operator] ?? 0;
    const operandRanges = (['op1', 'op2', 'operands'] as const).flatMap((t) =>
      operandLengths.flatMap((length) => this.ranges(t, length, upTo(maxOperand, length))),
    );
    const resultRanges = (resultLengths ?? []).flatMap((length) =>
      this.ranges('result', length, upTo(resultEnd, Math.max(Math.floor(length / 3), 10)), capped),
    );
    const removed = ['result in [0,2)', 'result in [0,10)', 'result in [0,100)'];
    return [
      ...this.mods('op1', moduli, one),
      ...this.mods('op2', moduli, one),
      ...this.mods('operands', moduli, two),
      ...(operator === '/' ? [] : this.mods('result', moduli, (n) => () => capped(two(n)()))),
      ...operandRanges,
      ...resultRanges.filter(({ key }) => operator !== '/' || !removed.includes(key)),
      this.identical(() => (operator === '*' ? Math.floor(Math.sqrt(maxAnswer)) : maxOperand)),
    ];
  }

  /** Scores of every heuristic that scores at all on a neuron's maps. */
  scores(k: Map<Prompt, number>, kv: Map<Prompt, number>, gated: boolean): Map<string, ReferenceScore> {
    const falling = (map: Map<Prompt, number>): Prompt[] =>
      this.prompts.toSorted((a, b) => (map.get(b) ?? 0) - (map.get(a) ?? 0));
    const [kTop, kvTop] = [falling(k), falling(kv)];
    const found = new Map<string, ReferenceScore>();
    const note = (key: string, score: ReferenceScore): void => {
      if (score.score > (found.get(key)?.score ?? 0)) found.set(key, score);
    };
    for (const rule of this.rules) {
      const sides =
        rule.target === 'result' ? [kvTop] : gated && rule.twoSided ? [kTop, kTop.toReversed()] : [kTop];
      sides.forEach((top, side) => {
        const score = this.isVoid(rule, top) ? 0 : top.slice(0, rule.k).filter(rule.holds).length / rule.k;
        note(rule.key, { score, k: rule.k, associated: rule.associated.length, sign: side === 0 ? 1 : -1 });
      });
    }
    if (this.preset === 'released-code')
      for (const target of ['op1', 'op2', 'result'] as const) {
        const sides = target === 'result' ? [kvTop] : gated ? [kTop, kTop.toReversed()] : [kTop];
        sides.forEach((top, side) => this.frequentPatterns(target, top, side === 0 ? 1 : -1, note));
      }
    if (this.operator === '/') this.multi(kvTop, note);
    return found;
  }

  private get patternK(): number {
    return Math.trunc(this.maxOperand * this.density);
  }

  /** Removals of the published code that depend on the neuron. */
  private isVoid(rule: Pick<Rule, 'target' | 'family' | 'key' | 'k'>, top: readonly Prompt[]): boolean {
    if (this.preset !== 'released-code') return false;
    const zeros = (k: number): boolean => k > 0 && top.slice(0, k).every(({ answer }) => answer === 0);
    if (this.operator === '/') return rule.target === 'result' && rule.family === 'range' && zeros(rule.k);
    if (this.operator !== '*') return false;
    const named = /^result = 0 mod |~ (\.\.0|\.00|0\.0)$/.test(rule.key);
    return named && zeros(this.patternK);
  }

  private frequentPatterns(
    target: Target,
    top: readonly Prompt[],
    sign: 1 | -1,
    note: (key: string, score: ReferenceScore) => void,
  ): void {
    const k = this.patternK;
    const counts = new Map<string, number>();
    const values = top.slice(0, k).flatMap((prompt) => valuesOf(prompt, target));
    for (const value of values) for (const p of wildcards(value)) counts.set(p, (counts.get(p) ?? 0) + 1);
    const place = (p: string): number => wildcards(111).indexOf(p.replaceAll(/\d/g, '1'));
    const kept = [...counts]
      .filter(([, count]) => count >= Math.floor(k / 10))
      .sort(([p, a], [q, b]) => b - a || place(p) - place(q) || (p < q ? -1 : 1))
      .slice(0, 5);
    for (const [pattern, count] of kept) {
      if (isRange(pattern) || (this.operator === '/' && target === 'result' && pattern.includes('.')))
        continue;
      const isValue = !pattern.includes('.');
      const key = isValue ? `${target} = ${Number(pattern)}` : `${target} ~ ${pattern}`;
      const associated = this.prompts.filter((p) =>
        valuesOf(p, target).every((v) => fits(v, pattern)),
      ).length;
      const everywhere = associated === this.prompts.length;
      if (everywhere || this.isVoid({ target, family: 'pattern', key, k }, top)) continue;
      note(key, { score: count / k, k, associated, sign });
    }
  }

  private multi(top: readonly Prompt[], note: (key: string, score: ReferenceScore) => void): void {
    const k = Math.min(1000, Math.floor(this.prompts.length / 2));
    const answers = top.slice(0, k).map(({ answer }) => answer);
    const counts = [...new Set(answers)].map((answer) => ({
      answer,
      count: answers.filter((a) => a === answer).length,
    }));
    counts.sort((a, b) => b.count - a.count || a.answer - b.answer);
    const covered = (size: number): number =>
      counts.slice(0, size).reduce((sum, { count }) => sum + count, 0) / k;
    const size = upTo(counts.length + 1).find((n) => covered(n) >= 0.95) ?? 0;
    if (size < 2 || size > (this.preset === 'paper' ? 4 : 5)) return;
    const set = counts
      .slice(0, size)
      .map(({ answer }) => answer)
      .sort((a, b) => a - b);
    const key = `result in {${set.join(',')}}`;
    const removed = ['0,1', '0,2', '0,1,2', '0,1,2,3', '0,1,2,3,4'].includes(set.join(','));
    const associated = this.prompts.filter(({ answer }) => set.includes(answer)).length;
    if ((removed && this.preset === 'released-code') || associated === this.prompts.length) return;
    note(key, { score: covered(size), k, associated, sign: 1 });
  }
}
