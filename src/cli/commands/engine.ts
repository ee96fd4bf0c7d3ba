import { Command } from '@commander-js/extra-typings';
import { UnknownNameError } from '../../errors/errors.js';
import { interruptible } from '../terminal/interrupt.js';
import type { Terminal } from '../terminal/terminal.js';

/** Engines that are installed apart from the program. */
const INSTALLABLE = ['tensorflow'];

/** `heuristrace engine`: what computes. */
export function engineCommand(terminal: Terminal) {
  const command = new Command('engine')
    .description('list, install and remove compute engines')
    .exitOverride()
    .addHelpText(
      'after',
      `
\`sweep --engine auto\`, the default, takes the engine that HEURISTRACE_ENGINE names, or else the fastest
that passes its self-test.

Examples:
  heuristrace engine list
  heuristrace engine install tensorflow
  heuristrace engine install tensorflow --cuda
`,
    );
  command
    .command('list')
    .description('start each engine, test it and measure its speed')
    .option('--verify', 'compare the files of an installed engine with their checksums')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  heuristrace engine list\n  heuristrace engine list --verify --json\n',
    )
    .action((options) => list(terminal, options));
  command
    .command('install')
    .description('install the native TensorFlow engine: several times quicker than wasm, and for GPUs')
    .argument('<engine>', 'tensorflow')
    .option('--cuda', 'for an NVIDIA GPU: 6 GB in place of 0.9 GB')
    .option('--force', 'also when it is there already')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Fetches the TensorFlow library with pip and tfjs-node with npm, both checked against known checksums, and
compiles the binding between them: this needs Python with pip, npm, tar, a C++ compiler and Node's headers.
It goes into the folder HEURISTRACE_ENGINES, or heuristrace/engines in the user's cache. Linux only.

Examples:
  heuristrace engine install tensorflow
  heuristrace engine install tensorflow --cuda
`,
    )
    .action((engine, options) => install(terminal, engine, options));
  command
    .command('remove')
    .description('remove what `engine install` installed')
    .argument('<engine>', 'tensorflow')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  heuristrace engine remove tensorflow\n')
    .action((engine, options) => remove(terminal, engine, options.json === true));
  return command;
}

async function list(terminal: Terminal, options: { verify?: true; json?: true }): Promise<void> {
  const { listEngines } = await import('../../engines/list-engines.js');
  const { enginesFolder } = await import('../../model/engine-places.js');
  terminal.progress('starting and measuring the engines');
  const engines = await listEngines({ verify: options.verify === true });
  terminal.endProgress();
  if (options.json === true) {
    terminal.out(JSON.stringify({ enginesFolder: enginesFolder(), engines }, null, 2));
    return;
  }
  const { enginesTable } = await import('../text/engine-text.js');
  terminal.out(enginesTable(engines));
  terminal.note(`installed engines lie in ${enginesFolder()}`);
}

async function install(
  terminal: Terminal,
  engine: string,
  options: { cuda?: true; force?: true; json?: true },
): Promise<void> {
  await known(engine);
  const { installEngine } = await import('../../engines/install-engine.js');
  const { formatBytes } = await import('../../config/byte-size.js');
  const installed = await interruptible(terminal, (signal) =>
    installEngine({
      device: options.cuda === true ? 'cuda' : 'cpu',
      force: options.force === true,
      signal,
      onStage: ({ name, number, of }) => terminal.note(`${number}/${of} ${name}`),
    }),
  );
  const { folder, manifest, already } = installed;
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  if (options.json === true) {
    const { version, device } = manifest;
    terminal.out(JSON.stringify({ engine, version, device, folder, bytes, already }));
  } else
    terminal.out(
      `${engine} ${manifest.version} (${manifest.device}, ${formatBytes(bytes)}) ${already ? 'is already in' : 'installed:'} ${folder}`,
    );
}

async function remove(terminal: Terminal, engine: string, json: boolean): Promise<void> {
  await known(engine);
  const { removeEngine } = await import('../../engines/remove-engine.js');
  const { formatBytes } = await import('../../config/byte-size.js');
  const { folders, bytes } = await removeEngine();
  if (json) terminal.out(JSON.stringify({ engine, folders, bytes }));
  else
    terminal.out(
      folders.length === 0
        ? `${engine} is not installed`
        : `removed: ${folders.join(', ')} (${formatBytes(bytes)})`,
    );
}

/** @throws UnknownNameError for an engine that is not installed this way */
async function known(engine: string): Promise<void> {
  if (INSTALLABLE.includes(engine)) return;
  const { nearestName } = await import('../options/nearest.js');
  throw new UnknownNameError('engine to install', engine, INSTALLABLE, nearestName(engine, INSTALLABLE));
}
