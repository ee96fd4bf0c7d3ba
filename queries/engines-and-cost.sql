-- question: Which program and engine measured this, and what did it cost?
-- grain: one row per suite, measure, program version, engine and its version
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column measure text : what was measured
-- column program_version text : version of heuristrace
-- column engine text : compute engine
-- column engine_version text : version of the engine
-- column units int : finished units
-- column seconds double : their wall time together, seconds; the pass over all prompts is counted to accuracy
-- column bytes_read bigint : bytes read from disk or network, together
-- column peak_memory_bytes bigint : largest resident memory of any, bytes; null when unknown
-- column first_run timestamp : when the first began, UTC
-- column last_run timestamp : when the last began, UTC

SELECT suite, measure, program_version, engine, engine_version,
  count(*)::INTEGER AS units,
  sum(seconds) AS seconds,
  sum(bytes_read)::BIGINT AS bytes_read,
  max(peak_memory_bytes) AS peak_memory_bytes,
  min(started_at) AS first_run,
  max(started_at) AS last_run
FROM units
WHERE state = 'done'
  AND ($suite IS NULL OR suite = $suite)
GROUP BY suite, measure, program_version, engine, engine_version
ORDER BY suite, measure, program_version, engine, engine_version
