import { z } from 'zod';
import { TokenizerError } from '../errors/checkpoint-errors.js';

/** What models were trained to begin a text with, where their tokenizer does not put it there: Pythia, SmolLM2. */
const NAMES = ['<|begin_of_text|>', '<s>', '<|endoftext|>'];

const id = z.int().min(0);

/** Puts special tokens around a text; `single` lists what a text becomes, e.g. BOS and the text. */
const Template = z.looseObject({
  type: z.literal('TemplateProcessing'),
  single: z.array(z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }).optional() })),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(id) })),
});

const Sequence = z.looseObject({ type: z.literal('Sequence'), processors: z.array(z.unknown()) });

const AddedTokens = z.looseObject({
  post_processor: z.unknown(),
  added_tokens: z.array(z.looseObject({ id, content: z.string(), special: z.boolean() })).default([]),
});

/**
 * Finds the BOS token (method section 1): what the tokenizer itself puts before a text (Llama), else a special token
 * that is known as one.
 * @param path named in errors
 * @param json content of tokenizer.json
 * @throws TokenizerError when there is neither
 */
export function bosToken(path: string, json: unknown): number {
  const parsed = AddedTokens.safeParse(json);
  if (!parsed.success) throw new TokenizerError(path, 'its added_tokens are no list of tokens');
  const { post_processor: processor, added_tokens: added } = parsed.data;
  const special = added.filter((token) => token.special);
  const found =
    firstOfTemplate(processor) ??
    NAMES.flatMap((name) => special.filter(({ content }) => content === name)).at(0)?.id;
  if (found === undefined)
    throw new TokenizerError(path, `puts no token before a text and has none of ${NAMES.join(', ')}`);
  return found;
}

/** @returns the token before the text; undefined where there is none */
function firstOfTemplate(processor: unknown): number | undefined {
  const sequence = Sequence.safeParse(processor);
  if (sequence.success)
    return sequence.data.processors.map(firstOfTemplate).find((token) => token !== undefined);
  const template = Template.safeParse(processor);
  if (!template.success) return undefined;
  const { single, special_tokens: tokens } = template.data;
  return tokens[single[0]?.SpecialToken?.id ?? '']?.ids[0];
}
