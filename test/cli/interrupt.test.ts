import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { interruptible } from '../../src/cli/terminal/interrupt.js';
import { processTerminal } from '../../src/cli/terminal/terminal.js';

const terminal = processTerminal({ quiet: false });
const note = vi.spyOn(terminal, 'note').mockImplementation(() => undefined);
const warned = vi.fn();

beforeEach(() => {
  vi.clearAllMocks();
  process.on('warning', warned);
});
afterEach(() => {
  process.off('warning', warned);
});

it('lets many tasks wait for the signal, which Node takes for a leak beyond ten', async () => {
  await interruptible(terminal, async (signal) => {
    for (let task = 0; task < 50; task++) signal.addEventListener('abort', () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
  });
  expect(warned).not.toHaveBeenCalled();
});

it('asks the work to stop at the first signal, says so, and leaves no handler behind', async () => {
  const before = process.listenerCount('SIGTERM');
  const stopped = await interruptible(terminal, (signal) => {
    process.emit('SIGTERM');
    return Promise.resolve(signal.aborted);
  });
  expect(stopped).toBe(true);
  expect(note).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('what is finished is kept'));
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

it('inside other such work, leaves the signal to that', async () => {
  const before = process.listenerCount('SIGINT');
  await interruptible(terminal, async (outer) => {
    await interruptible(terminal, (inner) => {
      expect(inner).toBe(outer);
      expect(process.listenerCount('SIGINT')).toBe(before + 1);
      return Promise.resolve();
    });
  });
  expect(process.listenerCount('SIGINT')).toBe(before);
});
