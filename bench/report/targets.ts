import { groupBy, median, type Measurement, type MeasurementOf } from '../results.js';
import {
  ourSeconds,
  partOf,
  PASS,
  peerSeconds,
  peerTotal,
  summarisePeer,
  summariseStep,
  type StageSummary,
} from './summaries.js';
import { divided, number, percent, ratio, table } from './text.js';

/** What is asked of the program, and what was measured. */
interface Target {
  readonly figure: string;
  readonly asked: string;
  readonly measured: string;
  /** null where it was not measured. */
  readonly met: boolean | null;
}

const STEP_RATIO = { tensorflow: 15, wasm: 5 } as const;
const FORWARD_SHARE = { tensorflow: 0.7, wasm: 0.85 } as const;
const UNIVERSE_RATIO = 8;
const CLASSIFICATION = { rate: 100, ratio: 200 } as const;
const MEMORY_GROWTH = 0.03;

function atLeast(
  figure: string,
  asked: number,
  value: number | null,
  text: (value: number) => string,
): Target {
  return {
    figure,
    asked: `at least ${text(asked)}`,
    measured: value === null ? 'not measured' : text(value),
    met: value === null ? null : value >= asked,
  };
}

/** Share of the engine's own rate of products that the body of a forward pass reaches, medians over rounds. */
export function bodyShare(rounds: readonly MeasurementOf<'forward'>[]): number {
  return median(rounds.map(({ body, products }) => body / products));
}

/** Neurons a second of the peer on the universe of `+`, ranking included; null where it was not measured. */
export function peerNeuronsPerSecond(stages: readonly StageSummary[]): number | null {
  const perNeuron = stages.filter(({ unit }) => unit.startsWith('neurons ('));
  const sets = stages.find(({ name }) => name.startsWith('prompts of each heuristic'));
  const [first] = perNeuron;
  if (first === undefined || sets === undefined) return null;
  const each = perNeuron.reduce((sum, stage) => sum + stage.sliceSeconds / stage.timed, 0);
  return 1 / (each + sets.seconds / first.whole);
}

function targetsOf(measurements: readonly Measurement[]): Target[] {
  const stages = summarisePeer(measurements);
  const forward = groupBy(partOf(measurements, 'forward'), ({ engine, shape }) => `${engine}, ${shape}`);
  const classified = partOf(measurements, 'classification').filter(({ nulls }) => !nulls);
  const rate = classified.length === 0 ? null : median(classified.map((one) => one.neuronsPerSecond));
  const steps = Object.entries(STEP_RATIO).flatMap(([engine, asked]) => {
    const step = summariseStep(measurements, engine);
    const pass = divided(peerSeconds(stages, PASS), ourSeconds(step, PASS));
    return [
      atLeast(
        `whole step against the peer, ${engine}`,
        asked,
        divided(peerTotal(stages), step?.comparable ?? null),
        ratio,
      ),
      atLeast(
        `universe pass, faithfulness included, against the peer, ${engine}`,
        UNIVERSE_RATIO,
        pass,
        ratio,
      ),
    ];
  });
  return [
    ...[...forward].flatMap(([name, rounds]) => {
      const asked = Object.entries(FORWARD_SHARE).find(([engine]) => name.startsWith(engine))?.[1];
      return asked === undefined
        ? []
        : [
            atLeast(
              `forward body against the engine's products, ${name}`,
              asked,
              bodyShare(rounds),
              (share) => percent(share),
            ),
          ];
    }),
    ...steps,
    atLeast(
      'classification, ranking included',
      CLASSIFICATION.rate,
      rate,
      (own) => `${number(own)} neurons/s`,
    ),
    atLeast(
      'classification against the peer',
      CLASSIFICATION.ratio,
      divided(rate, peerNeuronsPerSecond(stages)),
      ratio,
    ),
    ...partOf(measurements, 'memory').map(({ engine, checkpoints, firstHalf, secondHalf }): Target => {
      const grown = secondHalf / firstHalf - 1;
      return {
        figure: `resident memory over ${checkpoints} checkpoints, second half against first, ${engine}`,
        asked: `within ${percent(MEMORY_GROWTH)}`,
        measured: `${grown < 0 ? '' : '+'}${percent(grown)}`,
        met: grown <= MEMORY_GROWTH,
      };
    }),
  ];
}

/** Every figure that is asked for, and whether it is met. */
export function targetsSection(measurements: readonly Measurement[]): string {
  const rows = targetsOf(measurements).map(({ figure, asked, measured, met }) => [
    figure,
    asked,
    measured,
    met === null ? '-' : met ? 'yes' : '**no**',
  ]);
  return `## Figures asked for\n\n${table(['figure', 'asked', 'measured', 'met'], rows)}`;
}
