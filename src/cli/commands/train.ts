import { Command } from '@commander-js/extra-typings';
import { UsageError } from '../../errors/errors.js';
import { packagePath } from '../../files/package.js';
import { interruptible } from '../terminal/interrupt.js';
import { parseEngine, parseNames } from '../options/parse-names.js';
import { Countdown, type Terminal } from '../terminal/terminal.js';

export const DEFAULT_RECIPE = 'checkpoints/embedded/recipe.json';

interface TrainOptions {
  readonly recipe?: string;
  readonly seeds?: string;
  readonly out: string;
  readonly engine: string;
  readonly json?: true;
}

/** `heuristrace train`: grows a suite from a recipe. */
export function trainCommand(terminal: Terminal): Command {
  return new Command('train')
    .description('train a small model from a recipe and write its checkpoints as a suite')
    .option('--recipe <file>', 'recipe (JSON); default: that of the shipped suite')
    .option('--seeds <list>', "seeds of the recipe's runs to train, separated by commas (default: all)")
    .option(
      '--out <folder>',
      'folder of the suite; an unfinished training there is continued',
      'heuristrace-out/suite',
    )
    .option(
      '--engine <engine>',
      'compute engine: auto, tensorflow, wasm or cpu; the same bytes come from the same engine only',
      'wasm',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace train --out my-suite --seeds 0
  heuristrace train --recipe my-recipe.json --out my-suite && heuristrace sweep --suite my-suite
`,
    )
    .action((options) => run(terminal, options));
}

async function run(terminal: Terminal, options: TrainOptions): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const { parseRecipe } = await import('../../training/recipe.js');
  const { trainSuite } = await import('../../training/train-suite.js');
  const { startEngine } = await import('../../model/engine.js');
  const path = options.recipe ?? packagePath(DEFAULT_RECIPE);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`there is no recipe ${path}`, 'Give the path of a recipe file to --recipe.');
  });
  const recipe = parseRecipe(path, text);
  const known = recipe.runs.map((run) => String(run.seed));
  const seeds = parseNames('seed', options.seeds, known).map(Number);
  const engine = await startEngine(parseEngine(options.engine), (line) => terminal.note(line));
  let countdown = new Countdown();
  let from = 0;
  const manifest = await interruptible(terminal, (signal) =>
    trainSuite({
      recipe,
      seeds,
      out: options.out,
      engine: `${engine.name} (${engine.name === 'tensorflow' ? 'TensorFlow' : 'tfjs'} ${engine.version})`,
      signal,
      onStart: (seed, fromStep) => {
        countdown = new Countdown();
        from = fromStep;
        terminal.note(
          fromStep === 0 ? `training seed ${seed}` : `training seed ${seed}, going on at step ${fromStep}`,
        );
      },
      onProgress: (seed, { step, steps, loss, heldOutAccuracy }) => {
        const left = countdown.left((step - from) / Math.max(1, steps - from));
        const nats = loss === null ? '' : `, loss ${loss.toFixed(3)} nats`;
        terminal.progress(
          `seed ${seed}: step ${step}/${steps}${nats}, held-out accuracy ${(100 * heldOutAccuracy).toFixed(1)} %, ${left}`,
        );
      },
    }),
  );
  terminal.endProgress();
  terminal.out(
    options.json === true
      ? JSON.stringify({ suite: recipe.name, manifest, seeds })
      : `suite written: ${manifest}`,
  );
}
