import { createInterface } from 'node:readline';
import { HeuristraceError } from '../../errors/errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { complete } from './completion.js';
import { HISTORY_LINES, historyFile, readHistory, writeHistory } from './history.js';
import { Reader } from './run-script.js';
import type { Session } from './session.js';

const PROMPT = 'heuristrace> ';
const CONTINUED = '        ...> ';

export interface ShellStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks for lines until the user leaves: statements over several lines, a history kept between sessions, completion by
 * Tab. A failure is told and the shell goes on; Ctrl-C stops what runs, or forgets what was typed.
 */
export async function runInteractive(
  session: Session,
  terminal: Pick<Terminal, 'note' | 'colors'>,
  { input, output }: ShellStreams,
): Promise<void> {
  const file = historyFile();
  let history = readHistory(file);
  const shell = createInterface({
    ...{ input, output, terminal: true, completer: complete, history },
    ...{ historySize: HISTORY_LINES, removeHistoryDuplicates: true },
  });
  shell.on('history', (lines) => (history = lines));
  const reader = new Reader(session);
  let running: AbortController | undefined;
  const ask = (): void => {
    shell.setPrompt(reader.isOpen ? CONTINUED : PROMPT);
    shell.prompt();
  };
  shell.on('SIGINT', () => {
    if (running !== undefined) {
      running.abort();
      return;
    }
    reader.drop();
    shell.write(null, { ctrl: true, name: 'e' });
    shell.write(null, { ctrl: true, name: 'u' });
    output.write('\n');
    ask();
  });
  const take = async (line: string): Promise<boolean> => {
    running = new AbortController();
    session.signal = running.signal;
    try {
      return await reader.take(line);
    } catch (error) {
      if (!(error instanceof HeuristraceError)) throw error;
      terminal.note(`${terminal.colors.red('error:')} ${error.message}\n  ${error.next}`);
      return false;
    } finally {
      running = undefined;
    }
  };
  ask();
  for await (const line of shell) {
    if (await take(line)) break;
    ask();
  }
  shell.close();
  await writeHistory(file, history);
}
