import { describe, expect, it } from 'vitest';
import { PickleError } from '../../src/errors/weight-file-errors.js';
import { MAX_PICKLE_BYTES, unpickle } from '../../src/weights/pickle.js';
import { TORCH_GLOBALS, torchStorage } from '../../src/weights/torch-globals.js';

/** Reads opcodes given as latin-1 text; PROTO goes before them. */
function read(opcodes: string): unknown {
  const world = { path: 'model.bin', globals: TORCH_GLOBALS, persistent: torchStorage };
  return unpickle(Buffer.from(`\x80\x02${opcodes}`, 'latin1'), world);
}

function failureOf(opcodes: string): PickleError {
  try {
    read(opcodes);
  } catch (error) {
    if (error instanceof PickleError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const REBUILD = 'ctorch._utils\n_rebuild_tensor_v2\n';
const STORAGE =
  '(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQ';

describe('a pickle', () => {
  it.each<[string, string, unknown]>([
    ['None', 'N.', null],
    ['booleans', '\x88\x89\x86.', [true, false]],
    ['a byte', 'K\xff.', 255],
    ['16 bits', 'M\x01\x02.', 513],
    ['32 bits with a sign', 'J\xfe\xff\xff\xff.', -2],
    ['a long number', '\x8a\x05\x00\x00\x00\x00\x01.', 2 ** 32],
    ['a long negative number', '\x8a\x05\xff\xff\xff\xff\xfe.', -(2 ** 32) - 1],
    ['a long number whose sign takes a byte', '\x8a\x02\xff\x00.', 255],
    ['zero as a long number', '\x8a\x00.', 0],
    ['a float', 'G\xc0\x04\x00\x00\x00\x00\x00\x00.', -2.5],
    ['text', 'X\x02\x00\x00\x00\xc3\xa9.', 'é'],
    ['text of Python 2', 'U\x02ab.', 'ab'],
    ['tuples', '()K\x01\x85K\x01K\x02\x86NN\x88\x87t.', [[], [1], [1, 2], [null, null, true]]],
    ['a list', ']K\x01a(K\x02K\x03e.', { kind: 'list', items: [1, 2, 3] }],
    [
      'a dict',
      '}U\x01aK\x01s(U\x01bK\x02U\x09__proto__Nu.',
      {
        kind: 'dict',
        entries: new Map<string, unknown>([
          ['a', 1],
          ['b', 2],
          ['__proto__', null],
        ]),
      },
    ],
    ['a value remembered', 'K\x07q\x05r\x00\x01\x00\x00h\x05j\x00\x01\x00\x00\x87.', [7, 7, 7]],
    [
      'an OrderedDict with attributes',
      'ccollections\nOrderedDict\n)R}U\x01aNsb.',
      { kind: 'dict', entries: new Map() },
    ],
    ['an OrderedDict by NEWOBJ', 'ccollections\nOrderedDict\n)\x81.', { kind: 'dict', entries: new Map() }],
    ['a storage', `${STORAGE}.`, { kind: 'storage', key: '0', dtype: 'F32', numel: 6 }],
    [
      'a parameter',
      `ctorch._utils\n_rebuild_parameter\n${REBUILD}(${STORAGE}K\x01K\x02\x85K\x03\x85\x89N` +
        'tR\x88N\x87R.',
      {
        kind: 'tensor',
        storage: { kind: 'storage', key: '0', dtype: 'F32', numel: 6 },
        offset: 1,
        shape: [2],
        stride: [3],
      },
    ],
  ])('holds %s', (_name, opcodes, expected) => {
    expect(read(opcodes)).toEqual(expected);
  });

  it.each([
    ['a global that runs a program', 'cos\nsystem\nU\x02ls\x85R.', 'os.system', 2],
    ['a function of Python itself', 'cbuiltins\neval\n.', 'builtins.eval', 2],
    ['a name that every object has', 'c__proto__\ntoString\n.', '__proto__.toString', 2],
    ['a class made the old way', '(ios\nsystem\n.', 'INST', 3],
    ['a global from the stack', 'U\x02osU\x06system\x93.', 'STACK_GLOBAL', 14],
    ['an object by keywords', 'N\x92.', 'NEWOBJ_EX', 3],
    ['an extension', '\x82\x01.', 'EXT1', 2],
    ['a byte that is no opcode', '\xfe.', 'opcode 0xfe', 2],
    ['a storage called as a function', 'ctorch\nFloatStorage\n)R.', 'torch.FloatStorage', 23],
  ])('is refused for %s', (_name, opcodes, what, offset) => {
    const error = failureOf(opcodes);
    expect(error).toMatchObject({ what, offset, path: 'model.bin' });
    expect(error.message).toContain(`byte ${offset}, ${what}`);
    expect(error.next).toMatch(/Nothing was run/);
  });

  it.each([
    ['no end', 'N', /end: the pickle ends without STOP/],
    ['no value', '.', /the stack is empty/],
    ['a value too many', 'NN.', /leaves values behind/],
    ['a mark too many', '(N.', /leaves values behind/],
    ['bytes behind it', 'N.N', /1 bytes follow/],
    ['no mark', 'Nt.', /TUPLE: there is no mark/],
    ['a value taken from below a mark', 'N(\x85.', /TUPLE1: the stack is empty/],
    ['something forgotten', 'h\x01.', /BINGET: nothing is remembered as 1/],
    ['text longer than the pickle', 'X\xff\xff\xff\xffab.', /BINUNICODE: 4294967295 bytes/],
    ['text that is not UTF-8', 'U\x01\xff.', /not UTF-8/],
    ['a number cut off', 'J\x01.', /BININT: 4 bytes/],
    ['a number beyond 2^53', '\x8a\x08\x00\x00\x00\x00\x00\x00\x20\x00.', /beyond 2\^53/],
    ['a number of 9 bytes', '\x8a\x09123456789.', /a number of 9 bytes/],
    ['a key that is no text', '}K\x01Ns.', /a key is no text/],
    ['a key without value', '}(U\x01au.', /a key has no value/],
    ['items of a list', '](U\x01aNu.', /SETITEMS: there is no dict/],
    ['an item for a dict', '}Na.', /APPEND: there is no list/],
    ['attributes of a tuple', ')}b.', /BUILD: sets attributes/],
    ['a call of a number', 'K\x01)R.', /REDUCE: there is no global/],
    ['a name without end', 'cos', /GLOBAL: its name does not end/],
    ['an OrderedDict of items', 'ccollections\nOrderedDict\n]\x85R.', /OrderedDict with arguments/],
    ['the id of something else', 'U\x06modelsN\x86Q.', /BINPERSID: the id of a storage is malformed/],
    ['a tensor without storage', `${REBUILD}(NK\x00))tR.`, /without storage/],
    ['a tensor of odd sizes', `${REBUILD}(${STORAGE}K\x00U\x01a)tR.`, /sizes or strides/],
    [
      'a tensor of too many sizes',
      `${REBUILD}(${STORAGE}K\x00(${'K\x01'.repeat(65)}tq\x05h\x05tR.`,
      /sizes or strides/,
    ],
    [
      'a tensor of a negative size',
      `${REBUILD}(${STORAGE}K\x00J\xff\xff\xff\xff\x85K\x01\x85tR.`,
      /sizes or strides/,
    ],
    ['sizes without strides', `${REBUILD}(${STORAGE}K\x00K\x01\x85)tR.`, /sizes or strides/],
  ])('is refused for %s', (_name, opcodes, message) => {
    expect(failureOf(opcodes).message).toMatch(message);
  });

  it('is not read where it is larger than any state dict', () => {
    expect(failureOf('N'.repeat(MAX_PICKLE_BYTES)).message).toMatch(/exceed the limit of 64000000/);
  });

  it('grows no stack without end', () => {
    expect(failureOf('N'.repeat(100_001)).message).toMatch(/more than 100000 values on the stack/);
    expect(failureOf('('.repeat(100_001)).message).toMatch(/more than 100000 marks/);
  });
});
