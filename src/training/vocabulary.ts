import { OPERATORS } from '../domain/operator.js';
import type { Recipe } from './recipe.js';

export const BOS = '<|endoftext|>';
const UNKNOWN = '<|unk|>';

/** Token texts of a suite in the order of their ids: numbers 0..S, operators, `=`, BOS, unknown. */
export function vocabulary(recipe: Recipe): string[] {
  const numbers = Array.from({ length: recipe.maxAnswer + 1 }, (_, n) => String(n));
  return [...numbers, ...OPERATORS, '=', BOS, UNKNOWN];
}

/**
 * tokenizer.json and tokenizer_config.json that read alike in Python transformers (`PreTrainedTokenizerFast`) and in
 * `@huggingface/tokenizers`. The post-processor prepends BOS; the npm package takes `unk_token` from the config.
 */
export function tokenizerFiles(recipe: Recipe): Record<'tokenizer.json' | 'tokenizer_config.json', string> {
  const tokens = vocabulary(recipe);
  const id = (token: string): number => tokens.indexOf(token);
  const special = (token: string): object => ({
    id: id(token),
    content: token,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const bosId = { SpecialToken: { id: BOS, type_id: 0 } };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(BOS), special(UNKNOWN)],
    normalizer: null,
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: '[0-9]+|[^0-9]' },
      behavior: 'Isolated',
      invert: false,
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [bosId, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [bosId, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { [BOS]: { id: BOS, ids: [id(BOS)], tokens: [BOS] } },
    },
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(tokens.map((token, i) => [token, i])),
      unk_token: UNKNOWN,
    },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: BOS,
    eos_token: BOS,
    unk_token: UNKNOWN,
    add_bos_token: true,
    model_max_length: 16,
  };
  return {
    'tokenizer.json': `${JSON.stringify(tokenizer)}\n`,
    'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
  };
}
