import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import { TokenizerError } from '../../src/errors/checkpoint-errors.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { arithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { tokenizerFiles } from '../../src/training/vocabulary.js';
import { projectPath } from '../support/fixtures.js';

const RECIPE = projectPath('checkpoints/embedded/recipe.json');
const embedded = tokenizerFiles(parseRecipe(RECIPE, readFileSync(RECIPE, 'utf8')))['tokenizer.json'];

const PYTHIA = projectPath('../shared/fixtures/gpt-neox-20b-tokenizer.json');

/** The embedded tokenizer with its vocabulary changed. */
function changed(change: (vocabulary: Record<string, number>) => void): string {
  const json = JSON.parse(embedded) as { model: { vocab: Record<string, number> } };
  change(json.model.vocab);
  return JSON.stringify(json);
}

describe('tokens of arithmetic', () => {
  it('finds them in the embedded tokenizer', () => {
    const tokens = arithmeticTokens('tokenizer.json', embedded, 99);
    expect(tokens).toMatchObject({ bos: 204, equals: 203, maxSingleToken: 198 });
    expect(tokens.operators).toEqual({ '+': 199, '-': 200, '*': 201, '/': 202 });
    expect([...tokens.numbers]).toEqual(Array.from({ length: 199 }, (_, n) => n));
  });

  it.skipIf(!existsSync(PYTHIA))(
    "finds 530 single-token numbers in Pythia's tokenizer, and the method's universes (skipped without ../shared/fixtures)",
    () => {
      const tokens = arithmeticTokens(PYTHIA, readFileSync(PYTHIA, 'utf8'), 299);
      expect(tokens).toMatchObject({ bos: 0, maxSingleToken: 530 });
      const sizes = OPERATORS.map((operator) => buildUniverse(operator, 300, tokens.maxSingleToken).count);
      // The released code counts 225,686: it leaves out 69 sums of exactly 530 and 299 quotients of 0.
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(225_686 + 69 + 299);
    },
  );

  it('refuses a tokenizer that splits numbers', () => {
    // Digit by digit, as Llama-2's tokenizer does.
    const text = embedded.replace('[0-9]+|[^0-9]', '[0-9]|[^0-9]');
    expect(() => arithmeticTokens('tokenizer.json', text, 99)).toThrow(TokenizerError);
    expect(() => arithmeticTokens('tokenizer.json', text, 99)).toThrow(/'10' is split into 2 tokens/);
  });

  it('refuses a vocabulary that ends before the operands do', () => {
    const text = changed((vocabulary) => delete vocabulary['57']);
    expect(() => arithmeticTokens('tokenizer.json', text, 99)).toThrow(/'57' is not in the vocabulary/);
  });

  describe('finds BOS', () => {
    const added = (content: string, id: number, special = true): object => ({ content, id, special });
    const template = (token: string, id: number): object => ({
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
    });
    const bosOf = (processor: object | null, tokens: readonly object[]): number => {
      const json = { ...(JSON.parse(embedded) as object), post_processor: processor, added_tokens: tokens };
      return arithmeticTokens('tokenizer.json', JSON.stringify(json), 99).bos;
    };
    const bytes = { type: 'ByteLevel' };

    it.each([
      ['where the tokenizer puts it before a text', template('<s>', 1), [added('<|endoftext|>', 204)], 1],
      [
        'in one of several processors (Llama-3)',
        { type: 'Sequence', processors: [bytes, template('<|begin_of_text|>', 300)] },
        [added('<s>', 7)],
        300,
      ],
      ['under a name of its own', template('<go>', 5), [], 5],
      ['by name where the tokenizer puts none (Pythia)', bytes, [added('<|endoftext|>', 204)], 204],
      [
        'by the more telling name',
        null,
        [added('<|endoftext|>', 204), added('<s>', 7), added('<|begin_of_text|>', 9)],
        9,
      ],
      ['among special tokens only', null, [added('<s>', 7, false), added('<|endoftext|>', 204)], 204],
      [
        'not in a template that begins with the text',
        { ...template('<x>', 5), single: [{ Sequence: { id: 'A' } }, { SpecialToken: { id: '<x>' } }] },
        [added('<s>', 7)],
        7,
      ],
    ])('%s', (_name, processor, tokens, expected) => {
      expect(bosOf(processor, tokens)).toBe(expected);
    });

    it('or refuses', () => {
      expect(() => bosOf(null, [added('<bos>', 7)])).toThrow(TokenizerError);
      expect(() => bosOf(null, [added('<bos>', 7)])).toThrow(/has none of <\|begin_of_text\|>/);
      expect(() => bosOf(null, [{ content: '<s>' }])).toThrow(/added_tokens/);
    });
  });

  it('refuses text that is no tokenizer', () => {
    expect(() => arithmeticTokens('tokenizer.json', '{}', 99)).toThrow(TokenizerError);
    expect(() => arithmeticTokens('tokenizer.json', 'x', 99)).toThrow(TokenizerError);
  });
});
