/**
 * The rising sequence nearest to values in weighted squares (pool adjacent violators; Ayer et al. 1955).
 * @param values [n] finite
 * @param weights [n] positive. Default 1.
 * @returns [n]
 */
export function isotonicRegression(values: ArrayLike<number>, weights?: ArrayLike<number>): Float64Array {
  const n = values.length;
  const level = new Float64Array(n);
  const weight = new Float64Array(n);
  const end = new Uint32Array(n);
  let blocks = 0;
  for (let i = 0; i < n; i++) {
    level[blocks] = values[i] ?? 0;
    weight[blocks] = weights?.[i] ?? 1;
    end[blocks] = i + 1;
    for (; blocks > 0 && (level[blocks - 1] ?? 0) >= (level[blocks] ?? 0); blocks--) {
      const a = weight[blocks - 1] ?? 0;
      const b = weight[blocks] ?? 0;
      level[blocks - 1] = (a * (level[blocks - 1] ?? 0) + b * (level[blocks] ?? 0)) / (a + b);
      weight[blocks - 1] = a + b;
      end[blocks - 1] = i + 1;
    }
    blocks++;
  }
  const fitted = new Float64Array(n);
  for (let block = 0, from = 0; block < blocks; from = end[block] ?? n, block++)
    fitted.fill(level[block] ?? 0, from, end[block]);
  return fitted;
}

/**
 * Sum of squares of the nearest rising sequence to each beginning of the values; of values less their mean, what the
 * curve explains of their spread. The same pooling as above, in one pass for all beginnings.
 * @returns [n] element i: of the fit to values 0 .. i
 */
export function explainedByRise(values: Float64Array): Float64Array {
  return riseExplainer(values.length)(values, new Float64Array(values.length));
}

/**
 * The same for many sequences of n values: writes what is explained to an array and gives that, reusing its working memory.
 */
export function riseExplainer(n: number): (values: Float64Array, explained: Float64Array) => Float64Array {
  const level = new Float64Array(n + 1);
  const weight = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  // Block 0 is lower than any value and holds none.
  level[0] = -Infinity;
  return (values, explained) => {
    for (let i = 0, last = 0; i < n; i++) {
      let pooled = values[i] ?? 0;
      let count = 1;
      for (; (level[last] ?? 0) >= pooled; last--) {
        const more = weight[last] ?? 0;
        pooled = (pooled * count + (level[last] ?? 0) * more) / (count + more);
        count += more;
      }
      last++;
      level[last] = pooled;
      weight[last] = count;
      squares[last] = (squares[last - 1] ?? 0) + count * pooled * pooled;
      explained[i] = squares[last] ?? 0;
    }
    return explained;
  };
}
