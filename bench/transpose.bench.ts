import { bench, describe } from 'vitest';
import type { ModelConfig } from '../src/domain/model-config.js';
import { toOurs } from '../src/weights/layout.js';
import { TINY } from '../test/support/models.js';

/*
 * [out, in] of a file to our [in, out], at the sizes of Pythia-70m; run with `npx vitest bench bench/transpose`.
 */

const SHAPES: readonly (readonly [number, number])[] = [
  [2048, 512],
  [512, 2048],
  [50_304, 512],
];
const config: ModelConfig = TINY;

describe.each(SHAPES)('[%i, %i]', (out, into) => {
  const data = Float32Array.from({ length: out * into }, (_, i) => i);

  bench('in squares (src/weights/layout.ts)', () => {
    toOurs({ layout: 'transpose' }, { shape: [out, into], data }, config);
  });

  bench('row by row', () => {
    const result = new Float32Array(data.length);
    for (let i = 0; i < out; i++)
      for (let j = 0; j < into; j++) result[j * out + i] = data[i * into + j] ?? 0;
  });
});
