import { PickleError } from '../errors/weight-file-errors.js';
import { PickleMachine, type PickleWorld } from './pickle-machine.js';
import { OPCODES, opcodeName } from './pickle-opcodes.js';
import type { Pickled } from './pickle-values.js';

/** A state dict of 10,000 tensors needs about 2 MB; all of it is held in memory. */
export const MAX_PICKLE_BYTES = 64_000_000;

/**
 * Reads a pickle of protocol 2 as far as state dicts need it. Nothing is imported or run: what it makes are the plain
 * values of `Pickled`, and anything not on a list is refused.
 * @throws PickleError naming the opcode or global and where it stands
 */
export function unpickle(bytes: Uint8Array, world: PickleWorld): Pickled {
  if (bytes.length > MAX_PICKLE_BYTES)
    throw new PickleError(
      world.path,
      'size',
      0,
      `${bytes.length} bytes exceed the limit of ${MAX_PICKLE_BYTES}`,
    );
  const machine = new PickleMachine(bytes, world);
  while (!machine.stopped) {
    const run = OPCODES.get(machine.nextOpcode(opcodeName))?.run;
    if (run === undefined) machine.fail('is refused: no state dict needs it');
    else run(machine);
  }
  return machine.result();
}
