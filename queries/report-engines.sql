-- question: Which versions of the program and which engines measured what the report shows?
-- grain: one row per suite, program version, engine and its version, those of most units first
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column program_version text : version of heuristrace
-- column engine text : compute engine
-- column engine_version text : version of the engine
-- column units int : units shown that it measured

SELECT suite, program_version, engine, engine_version, count(*)::INTEGER AS units
FROM latest_units
JOIN units USING (unit_id, suite)
WHERE $suite IS NULL OR suite = $suite
GROUP BY suite, program_version, engine, engine_version
ORDER BY suite, units DESC, program_version, engine, engine_version
