import type { PickleMachine } from './pickle-machine.js';
import { isKind, isTuple, type Pickled } from './pickle-values.js';

interface Opcode {
  readonly name: string;
  readonly run: (machine: PickleMachine) => void;
}

const push =
  (value: () => Pickled) =>
  (m: PickleMachine): void =>
    m.push(value());

const tuple =
  (length: number) =>
  (m: PickleMachine): void =>
    m.push(m.popMany(length));

/** Opcodes of protocol 2 that torch.save writes for a state dict; the numbers are those of Python's pickletools. */
const TABLE: readonly (readonly [code: number, name: string, run: Opcode['run']])[] = [
  [0x80, 'PROTO', protocol],
  [0x2e, 'STOP', (m) => void (m.stopped = true)],
  [0x28, 'MARK', (m) => m.mark()],
  [0x4e, 'NONE', push(() => null)],
  [0x88, 'NEWTRUE', push(() => true)],
  [0x89, 'NEWFALSE', push(() => false)],
  [0x4a, 'BININT', (m) => m.push(m.number('int32'))],
  [0x4b, 'BININT1', (m) => m.push(m.number('uint8'))],
  [0x4d, 'BININT2', (m) => m.push(m.number('uint16'))],
  [0x8a, 'LONG1', long],
  [0x47, 'BINFLOAT', (m) => m.push(m.number('float64'))],
  [0x58, 'BINUNICODE', (m) => m.push(utf8(m, m.take(m.number('uint32'))))],
  [0x55, 'SHORT_BINSTRING', (m) => m.push(utf8(m, m.take(m.number('uint8'))))],
  [0x29, 'EMPTY_TUPLE', tuple(0)],
  [0x85, 'TUPLE1', tuple(1)],
  [0x86, 'TUPLE2', tuple(2)],
  [0x87, 'TUPLE3', tuple(3)],
  [0x74, 'TUPLE', (m) => m.push(m.popToMark())],
  [0x5d, 'EMPTY_LIST', push(() => ({ kind: 'list', items: [] }))],
  [0x61, 'APPEND', (m) => append(m, [m.pop()])],
  [0x65, 'APPENDS', (m) => append(m, m.popToMark())],
  [0x7d, 'EMPTY_DICT', push(() => ({ kind: 'dict', entries: new Map<string, Pickled>() }))],
  [0x73, 'SETITEM', (m) => setItems(m, m.popMany(2))],
  [0x75, 'SETITEMS', (m) => setItems(m, m.popToMark())],
  [0x71, 'BINPUT', (m) => m.remember(m.number('uint8'))],
  [0x72, 'LONG_BINPUT', (m) => m.remember(m.number('uint32'))],
  [0x68, 'BINGET', (m) => m.recall(m.number('uint8'))],
  [0x6a, 'LONG_BINGET', (m) => m.recall(m.number('uint32'))],
  [0x63, 'GLOBAL', global],
  [0x51, 'BINPERSID', (m) => m.push(m.world.persistent(m.pop()))],
  [0x52, 'REDUCE', call],
  [0x81, 'NEWOBJ', call],
  [0x62, 'BUILD', build],
];

export const OPCODES: ReadonlyMap<number, Opcode> = new Map(
  TABLE.map(([code, name, run]) => [code, { name, run }]),
);

/** Names of opcodes that are refused, for the message. */
const REFUSED: Readonly<Record<string, string>> = {
  i: 'INST',
  o: 'OBJ',
  P: 'PERSID',
  S: 'STRING',
  I: 'INT',
  L: 'LONG',
  F: 'FLOAT',
  V: 'UNICODE',
  T: 'BINSTRING',
  d: 'DICT',
  l: 'LIST',
  p: 'PUT',
  g: 'GET',
  '0': 'POP',
  '1': 'POP_MARK',
  '2': 'DUP',
  '\x82': 'EXT1',
  '\x83': 'EXT2',
  '\x84': 'EXT4',
  '\x8b': 'LONG4',
  '\x8c': 'SHORT_BINUNICODE',
  '\x8f': 'EMPTY_SET',
  '\x92': 'NEWOBJ_EX',
  '\x93': 'STACK_GLOBAL',
  '\x94': 'MEMOIZE',
  '\x95': 'FRAME',
};

/** Python's name of an opcode. */
export function opcodeName(code: number): string {
  return (
    OPCODES.get(code)?.name ??
    REFUSED[String.fromCharCode(code)] ??
    `opcode 0x${code.toString(16).padStart(2, '0')}`
  );
}

function protocol(m: PickleMachine): void {
  const version = m.number('uint8');
  if (version !== 2) m.fail(`protocol ${version}; torch.save writes protocol 2`);
}

/** Two's complement, little-endian, of as many bytes as it needs. */
function long(m: PickleMachine): void {
  const bytes = m.take(m.number('uint8'));
  if (bytes.length > 8) m.fail(`a number of ${bytes.length} bytes`);
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const number = Number(BigInt.asIntN(8 * bytes.length, value));
  m.push(Number.isSafeInteger(number) ? number : m.fail('a number beyond 2^53'));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(m: PickleMachine, bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return m.fail('its text is not UTF-8');
  }
}

function append(m: PickleMachine, values: readonly Pickled[]): void {
  const list = m.top();
  if (!isKind(list, 'list')) return m.fail('there is no list to append to');
  for (const value of values) list.items.push(value);
}

function setItems(m: PickleMachine, flat: readonly Pickled[]): void {
  const dict = m.top();
  if (!isKind(dict, 'dict')) return m.fail('there is no dict to set items of');
  if (flat.length % 2 !== 0) m.fail('a key has no value');
  for (let i = 0; i < flat.length; i += 2) {
    const key = flat[i];
    if (typeof key !== 'string') return m.fail('a key is no text');
    dict.entries.set(key, flat[i + 1] ?? null);
  }
}

function global(m: PickleMachine): void {
  const module = m.line();
  const name = `${module}.${m.line()}`;
  m.push(
    m.world.globals.get(name) ?? m.fail('is not among the names that a state dict needs; refused', name),
  );
}

/** REDUCE and NEWOBJ: a global and the tuple of its arguments. */
function call(m: PickleMachine): void {
  const [callee, args] = m.popMany(2);
  if (!isKind(callee, 'global') || !isTuple(args)) return m.fail('there is no global with its arguments');
  if (callee.call === null) return m.fail('must not be called', callee.name);
  m.push(callee.call(args));
}

/** The attributes of an OrderedDict, such as `_metadata` of a state dict: of no use here. */
function build(m: PickleMachine): void {
  const state = m.pop();
  if (!isKind(state, 'dict') || !isKind(m.top(), 'dict'))
    m.fail('sets attributes of something that is no dict');
}
