import type { ModelConfig } from '../domain/model-config.js';
import type { WeightSpec } from './architectures.js';
import { oursShape, rowPlacer, rowWidth } from './layout.js';
import { STRIP_VALUES, type RawTensor, type TensorSource } from './tensor-source.js';

/**
 * Reads one weight in our layout. One that is stored otherwise is read in strips of whole rows, each put in place before
 * the next is read: beside the result there are some 2 MB (a row, where rows are longer).
 * @throws as `TensorSource.read`
 */
export async function readOurs(
  source: TensorSource,
  spec: WeightSpec,
  config: ModelConfig,
): Promise<RawTensor> {
  if (spec.layout === 'asIs') return source.read(spec.stored);
  const width = rowWidth(spec.storedShape);
  const place = rowPlacer(spec, config);
  const shape = oursShape(spec);
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const stripRows = Math.max(1, Math.floor(STRIP_VALUES / width));
  let row = 0;
  for await (const strip of source.strips(spec.stored, stripRows * width)) {
    place(strip, row, data);
    row += strip.length / width;
  }
  return { shape, data };
}
