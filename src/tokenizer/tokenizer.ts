import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { OPERATORS, type Operator } from '../domain/operator.js';
import { TokenizerError } from '../errors/checkpoint-errors.js';
import { bosToken } from './bos.js';

/** The tokens of arithmetic prompts under one tokenizer. */
export interface ArithmeticTokens {
  readonly bos: number;
  /** [maxSingleToken + 1] token id of each number. */
  readonly numbers: Int32Array;
  readonly operators: Readonly<Record<Operator, number>>;
  readonly equals: number;
  /** S of the method: the largest n such that each of 0..n is one token. */
  readonly maxSingleToken: number;
}

/** Numbers tried; no known tokenizer has a longer unbroken run of single-token numbers. */
const LARGEST_NUMBER_TRIED = 9_999;

/**
 * Finds the tokens of numbers, operators and BOS in a tokenizer.json (method section 1).
 * @param path named in errors
 * @param text content of tokenizer.json
 * @param needed largest number that must be one token, e.g. maxOperand - 1
 * @throws TokenizerError when a number up to `needed`, an operator or `=` is not one token, also inside a prompt, or
 *   there is no BOS token
 */
export function arithmeticTokens(path: string, text: string, needed: number): ArithmeticTokens {
  const { tokenizer, unknown, json } = parse(path, text);
  const encode = (s: string): readonly number[] => tokenizer.encode(s, { add_special_tokens: false }).ids;
  const single = (s: string): number => {
    const ids = encode(s);
    const [id] = ids;
    if (id === undefined || ids.length !== 1)
      throw new TokenizerError(path, `'${s}' is split into ${ids.length} tokens (${ids.join(', ')})`);
    return id;
  };
  const numbers: number[] = [];
  for (let n = 0; n <= LARGEST_NUMBER_TRIED; n++) {
    const [id, ...more] = encode(String(n));
    if (id === undefined || more.length > 0 || id === unknown) break;
    numbers.push(id);
  }
  if (numbers.length <= needed) single(String(numbers.length));
  if (numbers.length <= needed)
    throw new TokenizerError(path, `'${numbers.length}' is not in the vocabulary`);
  const operators = { '+': single('+'), '-': single('-'), '*': single('*'), '/': single('/') };
  const equals = single('=');
  for (const operator of OPERATORS) {
    const prompt = `${needed}${operator}1=`;
    const expected = [numbers[needed], operators[operator], numbers[1], equals];
    if (encode(prompt).join() !== expected.join())
      throw new TokenizerError(
        path,
        `'${prompt}' becomes ${encode(prompt).length} tokens, not one for each part`,
      );
  }
  const bos = bosToken(path, json);
  return { bos, numbers: Int32Array.from(numbers), operators, equals, maxSingleToken: numbers.length - 1 };
}

const TokenizerJson = z.looseObject({ model: z.looseObject({ unk_token: z.string().nullish() }) });

/** The npm package takes the unknown token from tokenizer_config.json; tokenizer.json names it as well. */
function parse(
  path: string,
  text: string,
): { tokenizer: Tokenizer; unknown: number | undefined; json: unknown } {
  try {
    const json = TokenizerJson.parse(JSON.parse(text));
    const unknown = json.model.unk_token;
    if (typeof unknown !== 'string') return { tokenizer: new Tokenizer(json, {}), unknown: undefined, json };
    const tokenizer = new Tokenizer(json, { unk_token: unknown });
    return { tokenizer, unknown: tokenizer.token_to_id(unknown), json };
  } catch (cause) {
    throw new TokenizerError(path, `is no tokenizer.json (${cause instanceof Error ? cause.message : ''})`);
  }
}
