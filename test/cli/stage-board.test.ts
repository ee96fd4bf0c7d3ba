import { expect, it } from 'vitest';
import { StageBoard } from '../../src/cli/terminal/stage-board.js';
import type { Stage } from '../../src/sweep/events.js';

function boardOf(todo: number) {
  let time = 0;
  const board = new StageBoard(todo, () => time);
  const stage = (name: Stage, kind: 'begin' | 'end', step: number) => {
    board.stage({ stage: name, kind, seed: 0, step });
  };
  return { board, stage, pass: (seconds: number) => (time += seconds * 1000) };
}

it('says what each stage is at, how fast it goes, and how long all will take', () => {
  const { board, stage, pass } = boardOf(12);
  expect(board.line()).toBe('0/12 checkpoints, estimating');
  for (const step of [512, 0]) {
    stage('fetch', 'begin', step);
    stage('fetch', 'end', step);
    stage('load', 'begin', step);
    pass(0.5);
    stage('load', 'end', step);
    stage('compute', 'begin', step);
  }
  board.stage({ stage: 'compute', kind: 'at', seed: 0, step: 512, measure: 'classification' });
  pass(9);
  stage('compute', 'end', 512);
  stage('store', 'begin', 512);
  expect(board.lines()).toEqual([
    'load      2/12  0.5 s each',
    'compute   1/12  9.5 s each, seed 0 step 0',
    'store     0/12  seed 0 step 512',
  ]);
  stage('store', 'end', 512);
  board.checkpoint({ seed: 0, step: 512, error: null });
  expect(board.line()).toBe('1/12 checkpoints, seed 0 step 512 done, 1 min 50 s left');
  board.checkpoint({ seed: 0, step: 0, error: 'truncated' });
  expect(board.line()).toBe('2/12 checkpoints, 1 failed, seed 0 step 0 failed, 50 s left');
});

it('says what is fetched where something is, and how fast; what was there before is no speed', () => {
  const { board, stage, pass } = boardOf(3);
  const file = { revision: 'step8', path: 'model.safetensors', size: 100e6 };
  stage('fetch', 'begin', 8);
  board.bytes({ ...file, bytes: 40e6 });
  pass(2);
  board.bytes({ ...file, bytes: 60e6 });
  expect(board.lines()[0]).toBe('fetch    0/3  10.0 MB/s, step8 model.safetensors 60.0 MB of 100 MB');
  board.bytes({ ...file, bytes: 100e6 });
  stage('fetch', 'end', 8);
  expect(board.lines()[0]).toMatch(/^fetch {4}1\/3 {2}[\d.]+ MB\/s$/);
});

it('knows no number of checkpoints before there is a plan', () => {
  const { board } = boardOf(0);
  expect([board.line(), board.lines()]).toEqual(['getting ready', []]);
  board.bytes({ revision: 'main', path: 'model.bin', size: 2e6, bytes: 1e6 });
  expect(board.lines()).toEqual(['fetch    main model.bin 1.00 MB of 2.00 MB']);
});
