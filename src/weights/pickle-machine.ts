import { PickleError } from '../errors/weight-file-errors.js';
import type { PickleGlobal, Pickled, Refusal, StorageRef } from './pickle-values.js';

/** Python's writer leaves at most 2,000 values of a dict on the stack. */
const MAX_STACK = 100_000;
/** A state dict keeps about twenty values per tensor. */
const MAX_MEMO = 4_000_000;

/** What a pickle may use of the world outside it. */
export interface PickleWorld {
  /** Names the file in errors. */
  readonly path: string;
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** What BINPERSID gives. */
  readonly persistent: (id: Pickled) => StorageRef | Refusal;
}

/** The stack machine that pickles are written for. Opcodes call its methods; each throws PickleError. */
export class PickleMachine {
  stopped = false;
  private at = 0;
  /** The opcode in hand, and where it stands. */
  private opcode = { name: 'start', at: 0 };
  private readonly stack: Pickled[] = [];
  /** Heights of the stack at the marks set. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, Pickled>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    readonly world: PickleWorld,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Takes the next opcode in hand. @param nameOf its name, for errors */
  nextOpcode(nameOf: (code: number) => string): number {
    const code = this.bytes[this.at];
    this.opcode = { name: code === undefined ? 'end' : nameOf(code), at: this.at };
    if (code === undefined) this.fail('the pickle ends without STOP');
    this.at++;
    return code;
  }

  /** @param what is at fault; the opcode in hand where it is left out */
  fail(problem: string, what = this.opcode.name): never {
    throw new PickleError(this.world.path, what, this.opcode.at, problem);
  }

  push(value: Pickled | Refusal): void {
    if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refusal')
      this.fail(value.problem);
    if (this.stack.length >= MAX_STACK) this.fail(`more than ${MAX_STACK} values on the stack`);
    this.stack.push(value);
  }

  /** The value on top, which stays. */
  top(): Pickled {
    const floor = this.marks.at(-1) ?? 0;
    const value = this.stack.at(-1);
    if (this.stack.length <= floor || value === undefined) this.fail('the stack is empty');
    return value;
  }

  pop(): Pickled {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  /** @returns the topmost values, the lowest first */
  popMany(count: number): Pickled[] {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length - floor < count) this.fail('the stack is empty');
    return this.stack.splice(this.stack.length - count);
  }

  mark(): void {
    if (this.marks.length >= MAX_STACK) this.fail(`more than ${MAX_STACK} marks`);
    this.marks.push(this.stack.length);
  }

  /** @returns everything above the last mark, which is taken away */
  popToMark(): Pickled[] {
    const mark = this.marks.pop();
    if (mark === undefined) this.fail('there is no mark');
    return this.stack.splice(mark);
  }

  remember(key: number): void {
    if (this.memo.size >= MAX_MEMO) this.fail(`more than ${MAX_MEMO} values remembered`);
    this.memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) this.fail(`nothing is remembered as ${key}`);
    this.push(value);
  }

  /** The next bytes of the pickle. */
  take(length: number): Uint8Array {
    const from = this.at;
    if (length > this.bytes.length - from) this.fail(`${length} bytes are announced, the pickle ends before`);
    this.at += length;
    return this.bytes.subarray(from, this.at);
  }

  /** A little-endian number, and a float big-endian, as pickles have them. */
  number(type: 'uint8' | 'uint16' | 'int32' | 'uint32' | 'float64'): number {
    const at = this.at;
    switch (type) {
      case 'uint8':
        this.take(1);
        return this.view.getUint8(at);
      case 'uint16':
        this.take(2);
        return this.view.getUint16(at, true);
      case 'int32':
        this.take(4);
        return this.view.getInt32(at, true);
      case 'uint32':
        this.take(4);
        return this.view.getUint32(at, true);
      case 'float64':
        this.take(8);
        return this.view.getFloat64(at, false);
    }
  }

  /** ASCII up to the end of the line. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 200) this.fail('its name does not end');
    const text = Buffer.from(this.take(end - this.at)).toString('latin1');
    this.at++;
    return text;
  }

  /** @returns the one value that a whole pickle leaves */
  result(): Pickled {
    const value = this.pop();
    if (this.stack.length > 0 || this.marks.length > 0) this.fail('leaves values behind');
    if (this.at !== this.bytes.length) this.fail(`${this.bytes.length - this.at} bytes follow it`);
    return value;
  }
}
