import { UnknownNameError } from '../../errors/errors.js';
import { ENGINE_CHOICES, type EngineChoice } from '../../model/engine-names.js';
import { nearestName } from './nearest.js';

/**
 * Splits a list of names given on the command line and checks each.
 * @param what what they name, for the error
 * @returns all known names when nothing was given
 * @throws UnknownNameError with the nearest name
 */
export function parseNames(what: string, given: string | undefined, known: readonly string[]): string[] {
  if (given === undefined) return [...known];
  return given.split(',').map((item) => {
    const name = item.trim();
    if (!known.includes(name)) throw new UnknownNameError(what, name, known, nearestName(name, known));
    return name;
  });
}

/** @throws UnknownNameError */
export function parseEngine(given: string): EngineChoice {
  const found = ENGINE_CHOICES.find((name) => name === given);
  if (found === undefined)
    throw new UnknownNameError('engine', given, ENGINE_CHOICES, nearestName(given, ENGINE_CHOICES));
  return found;
}
