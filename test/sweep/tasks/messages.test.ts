import { describe, expect, it } from 'vitest';
import { ChecksumError } from '../../../src/errors/checkpoint-errors.js';
import { HeuristraceError } from '../../../src/errors/errors.js';
import { packFailure, unpackFailure } from '../../../src/sweep/tasks/messages.js';

/** As it comes out of another thread. */
function across(error: unknown): Error {
  return unpackFailure(structuredClone(packFailure(error)));
}

describe('a failure in a worker thread', () => {
  it('keeps its kind, exit code and advice', () => {
    const error = new ChecksumError('step8/model.safetensors', 'aa', 'bb');
    const found = across(error);
    expect(found).toBeInstanceOf(HeuristraceError);
    const { kind, message, next, exitCode } = error;
    expect(found).toMatchObject({ kind, message, next, exitCode });
  });

  it('keeps message and stack where it is a fault of the program', () => {
    const error = new RangeError('7 is not a layer');
    const found = across(error);
    expect(found).not.toBeInstanceOf(HeuristraceError);
    expect(found.message).toBe('7 is not a layer');
    expect(found.stack).toBe(error.stack);
  });

  it('need not be an Error', () => {
    expect(across('out of memory').message).toBe('out of memory');
  });
});
