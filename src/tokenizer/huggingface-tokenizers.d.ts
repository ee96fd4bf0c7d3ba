/** What is used of the package; its own declarations import without extensions, which Node's resolution cannot follow. */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    constructor(tokenizerJson: object, config: object);
    encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: readonly number[] };
    token_to_id(token: string): number | undefined;
  }
}
