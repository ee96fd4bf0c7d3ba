import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnknownNameError } from '../errors/errors.js';
import { parseQuery, type QueryDefinition } from './header.js';

/** The queries of the package: beside `src` and `dist` alike. */
export const QUERIES_DIR = fileURLToPath(new URL('../../queries/', import.meta.url));

/** The known name that a misspelt one is likeliest to mean; the command line owns the way to tell. */
export type Nearest = (given: string, known: readonly string[]) => string | undefined;

const EXTENSION = '.sql';

/** Names of the queries of a folder, in alphabetical order. */
export function queryNames(dir: string = QUERIES_DIR): string[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

const load = (dir: string, name: string): QueryDefinition =>
  parseQuery({ name, text: readFileSync(join(dir, `${name}${EXTENSION}`), 'utf8') });

/** All queries of a folder, in alphabetical order. @throws QueryError when a header is faulty */
export function listQueries(dir: string = QUERIES_DIR): QueryDefinition[] {
  return queryNames(dir).map((name) => load(dir, name));
}

/** One query by name. @throws UnknownNameError, QueryError when its header is faulty */
export function loadQuery({
  name,
  dir = QUERIES_DIR,
  nearest,
}: {
  readonly name: string;
  readonly dir?: string;
  readonly nearest?: Nearest | undefined;
}): QueryDefinition {
  const known = queryNames(dir);
  if (!known.includes(name)) throw new UnknownNameError('query', name, known, nearest?.(name, known));
  return load(dir, name);
}
