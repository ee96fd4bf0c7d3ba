-- question: Which checkpoints were read, and from which bytes?
-- grain: one row per suite, seed and step
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column revision text : branch, tag or folder
-- column weights_hash text : sha256 of the weight files
-- column format text : format of the weight files
-- column dtype text : number format of the weights on disk
-- column bytes bigint : size of the weight files, bytes

SELECT suite, seed, step, tokens, revision, weights_hash, format, dtype, bytes
FROM checkpoints
WHERE $suite IS NULL OR suite = $suite
ORDER BY suite, seed, step
