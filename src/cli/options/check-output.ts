import { UsageError } from '../../errors/errors.js';
import { isSameFile } from '../../files/same-file.js';

/**
 * Refuses an output that would be written over the database that it is made from.
 * @param option the option that names the output, e.g. `--out`
 * @throws UsageError
 */
export function checkOutput(option: string, file: string | undefined, db: string): void {
  if (file !== undefined && isSameFile(file, db))
    throw new UsageError(`${option} names the database itself, ${file}`, 'Give another file.');
}
