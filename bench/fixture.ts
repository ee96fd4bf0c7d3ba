import { layerIndex } from '../src/domain/ids.js';
import type { PeerRequest } from './peer.js';
import { SHAPES, type ShapeName } from './suite/shapes.js';
import { pythiaTokenizer, smallTokenizer, writeSuite } from './suite/write-suite.js';

/** The model that the step and the peer are measured on, on disk. */
export interface Fixture {
  readonly suite: string;
  /** Folder of its one checkpoint. */
  readonly checkpoint: string;
  readonly tokens: PeerRequest['tokens'];
  readonly maxOperand: number;
  readonly shape: ShapeName;
  readonly nLayers: number;
  readonly firstLayer: number;
  /** Bytes of the weights as float32. */
  readonly weightBytes: number;
}

/**
 * Writes the checkpoint: Pythia-70m's shape with the tokenizer of the fixtures and operands below 300, or a small one.
 * @param fixtures folder that holds gpt-neox-20b-tokenizer.json; not read for the small one
 * @throws Error when the tokenizer is not there
 */
export async function writeFixture(options: {
  readonly folder: string;
  readonly fixtures: string;
  readonly smoke: boolean;
}): Promise<Fixture> {
  const { folder, fixtures, smoke } = options;
  const shape = smoke ? 'small' : 'pythia-70m';
  const maxOperand = smoke ? 20 : 300;
  const { text, dVocab } = smoke
    ? await smallTokenizer(2 * maxOperand)
    : { text: await pythiaTokenizer(fixtures), dVocab: SHAPES[shape].dVocab };
  const config = { ...SHAPES[shape], dVocab };
  const written = await writeSuite({ folder, config, maxOperand, steps: 1, tokenizer: text });
  return {
    ...{ suite: folder, checkpoint: written.checkpoint, maxOperand, shape },
    tokens: { ...written.tokens, numbers: [...written.tokens.numbers] },
    nLayers: config.nLayers,
    firstLayer: layerIndex(Math.ceil(config.nLayers / 2)),
    weightBytes: written.weightBytes,
  };
}
