import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/sweep-config.js';
import { SWEEP_FIELDS } from '../../src/config/sweep-fields.js';

it.each([
  ['seeds', ['1', '0', '1'], ['1', '0']],
  ['steps', ['log', '512', 'log', '0512'], ['log', '512']],
  ['operators', ['-', '+', '-'], ['-', '+']],
  ['measures', ['probe', 'accuracy', 'probe'], ['probe', 'accuracy']],
  ['presets', ['paper', 'own.json', 'paper', 'own.json'], ['paper', 'own.json']],
  ['circuitHeads', ['4', '0', '4', '00', '04'], ['4', '0']],
  ['circuitNeurons', ['0.5', '3', '0.50', '3'], ['0.5', '3']],
  ['knockoutLimits', [5, '10', '5'], ['5', '10']],
] as const)('a list of %s may name one twice, and holds it once', (name, given, once) => {
  expect(resolveConfig('the test', { [name]: given })[name]).toEqual(once);
});

it('every list is among those', () => {
  const lists = Object.entries(SWEEP_FIELDS).flatMap(([name, { kind }]) => (kind === 'list' ? [name] : []));
  expect(lists).toEqual([
    ...['seeds', 'steps', 'operators', 'measures', 'presets'],
    ...['circuitHeads', 'circuitNeurons', 'knockoutLimits'],
  ]);
});

it.each(['operators', 'measures', 'presets'])('a list of %s that names none is refused', (name) => {
  expect(() => resolveConfig('my.json', { [name]: [] })).toThrow(
    `my.json is not a valid configuration: ${name}`,
  );
});
