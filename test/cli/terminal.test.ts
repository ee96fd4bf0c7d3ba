import { expect, it, vi } from 'vitest';
import { openTerminal, type TerminalOptions } from '../../src/cli/terminal/terminal.js';
import { Window } from '../support/window.js';

function opened(columns = 40, rows = 10, more: Partial<TerminalOptions> = {}) {
  const window = new Window(columns, rows);
  let time = 0;
  const options = { stdout: window, stderr: window, quiet: false, live: true, colors: false };
  const terminal = openTerminal({ ...options, now: () => time, ...more });
  return { window, terminal, pass: (ms: number) => (time += ms) };
}

it('writes live lines over one another, others above them, and leaves nothing of them', () => {
  const { window, terminal, pass } = opened();
  terminal.note('a plan');
  terminal.progress('1/3, long ago', ['load 1', 'compute 1']);
  expect(window.screen()).toEqual(['a plan', 'load 1', 'compute 1', '1/3, long ago']);
  pass(100);
  terminal.progress('2/3', ['load 12', 'compute 1']);
  expect(window.screen()).toEqual(['a plan', 'load 12', 'compute 1', '2/3']);
  terminal.note('a notice\nof two lines');
  expect(window.screen()).toEqual(['a plan', 'a notice', 'of two lines', 'load 12', 'compute 1', '2/3']);
  pass(100);
  terminal.progress('3/3', ['load 3']);
  expect(window.screen().slice(-2)).toEqual(['load 3', '3/3']);
  terminal.endProgress();
  expect(window.screen()).toEqual(['a plan', 'a notice', 'of two lines']);
  expect(window.isClean()).toBe(true);
  terminal.out('the answer');
  expect(window.screen().at(-1)).toBe('the answer');
});

it('never shows a frame without the lines, and writes none that is as before', () => {
  const { window, terminal, pass } = opened();
  terminal.progress('0/9', ['load', 'compute']);
  window.onWrite = (screen) => {
    expect(screen.some((line) => line.startsWith('load'))).toBe(true);
    expect(screen.at(-1)).toMatch(/^\d\/9/);
  };
  for (let i = 1; i < 9; i++) {
    pass(100);
    terminal.progress(`${i}/9`, [`load ${'x'.repeat(9 - i)}`, 'compute']);
    if (i % 3 === 0) terminal.note(`notice ${i}`);
  }
  const { length } = window.writes;
  pass(100);
  terminal.progress('8/9', ['load x', 'compute']);
  expect(window.writes).toHaveLength(length);
  expect(window.writes.every((frame) => !frame.includes('\u001b[2J') && !frame.includes('\u001b[?'))).toBe(
    true,
  );
});

it('draws a dozen frames a second at most, the last of them late rather than never', async () => {
  vi.useFakeTimers();
  const { window, terminal, pass } = opened();
  for (let i = 0; i < 500; i++) {
    terminal.progress(`${i}`);
    pass(1);
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(100);
  vi.useRealTimers();
  expect(window.writes.length).toBeLessThan(10);
  expect(window.screen()).toEqual(['499']);
});

it('cuts lines at the edge of a narrow window, and shows the last ones in a low one', () => {
  const { window, terminal, pass } = opened(12, 3);
  terminal.progress('7/52 checkpoints', ['load', 'compute seed 0 step 512', 'store']);
  expect(window.screen()).toEqual(['store', '7/52 checkp']);
  window.columns = 30;
  window.rows = 24;
  pass(100);
  terminal.progress('8/52 checkpoints', ['load', 'compute seed 0 step 512', 'store']);
  expect(window.screen()).toEqual(['load', 'compute seed 0 step 512', 'store', '8/52 checkpoints']);
  terminal.endProgress();
  expect(window.all()).toEqual([]);
});

it('says on anything but a window how far it is, ever more rarely, and no control characters', () => {
  const { window, terminal, pass } = opened(80, 24, { live: false });
  terminal.progress(null, ['load']);
  for (let second = 0; second < 24 * 3600; second++) {
    terminal.progress(`${second} s`, ['load', 'compute']);
    pass(1000);
  }
  terminal.endProgress();
  const text = window.writes.join('');
  expect(text).not.toMatch(/\u001b|\r/);
  expect(window.all().slice(0, 3)).toEqual(['0 s', '11 s', '22 s']);
  expect(window.all().length).toBeLessThan(400);
  expect(text).not.toMatch(/load/);
});

it('says nothing but answers where it is to be quiet', () => {
  const { window, terminal } = opened(80, 24, { quiet: true });
  terminal.note('a notice');
  terminal.progress('1/2', ['load']);
  terminal.out('the answer');
  expect(window.all()).toEqual(['the answer']);
});
