import { z } from 'zod';

/** Names of files that begin with a suite's are longer, and may have 255 bytes on common file systems. */
const LONGEST = 200;

/** The name of a suite, which names folders and files of its results. */
export const SuiteName = z
  .string()
  .max(LONGEST, `may have ${LONGEST} characters, since files and folders are named by it`)
  .regex(/^(?!\.\.?$)[\w.-]+$/, 'may hold letters, digits, `_`, `.` and `-`, and be no `.` or `..`');
