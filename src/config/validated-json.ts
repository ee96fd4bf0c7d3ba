import type { z } from 'zod';

/**
 * Parses JSON that people write and validates it.
 * @param schema what it must be
 * @param fail receives every problem, each with the path of its field
 */
export function validatedJson<T>(
  schema: z.ZodType<T>,
  text: string,
  fail: (problems: readonly string[]) => never,
): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return fail([cause instanceof Error ? cause.message : 'not JSON']);
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : fail(problemsOf(parsed.error));
}

/** One line for each problem that zod found: `path.of.field: what is wrong`. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
}
