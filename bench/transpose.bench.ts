import { bench, describe } from 'vitest';
import type { ModelConfig } from '../src/domain/model-config.js';
import { bytesInMemory } from '../src/weights/byte-source.js';
import { toOurs } from '../src/weights/layout.js';
import { readOurs } from '../src/weights/read-ours.js';
import { encodeSafetensors, readSafetensors } from '../src/weights/safetensors.js';
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
const spec = { stored: 'w', ours: 'w', orElse: null, layout: 'transpose' } as const;

describe.each(SHAPES)('[%i, %i]', (out, into) => {
  const shape = [out, into];
  const data = Float32Array.from({ length: out * into }, (_, i) => i % 1000);

  bench('in memory, in squares (src/weights/layout.ts)', () => {
    toOurs(spec, { shape, data }, config);
  });

  for (const dtype of ['F32', 'F16'] as const) {
    const file = bytesInMemory('memory', encodeSafetensors(new Map([['w', { shape, data }]]), dtype, {}));

    bench(`read in strips of ${dtype} (src/weights/read-ours.ts)`, async () => {
      await readOurs(await readSafetensors(file), { ...spec, storedShape: shape }, config);
    });

    bench(`read as a whole of ${dtype}, then turned`, async () => {
      toOurs(spec, await (await readSafetensors(file)).read('w'), config);
    });
  }

  bench('row by row', () => {
    const result = new Float32Array(data.length);
    for (let i = 0; i < out; i++)
      for (let j = 0; j < into; j++) result[j * out + i] = data[i * into + j] ?? 0;
  });
});
