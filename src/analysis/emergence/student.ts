/** 97.5 % quantile of the standard normal distribution. */
const Z975 = 1.959963984540054;

/**
 * 97.5 % quantile of Student's t distribution, what half a 95 % interval is long in standard errors.
 * @param freedom degrees of freedom, at least 1
 */
export function student975(freedom: number): number {
  if (freedom < 1) throw new RangeError(`${freedom} degrees of freedom`);
  // Closed forms; from 3 on the tail's area is a short sum (Abramowitz and Stegun 26.7.3 and 26.7.4).
  let low = Z975;
  let high = 13;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (twoSided(middle, freedom) < 0.95) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Factor by which few residuals make an interval longer than the normal distribution has it. */
export function studentFactor(freedom: number): number {
  return student975(freedom) / Z975;
}

/** Probability between -t and t. */
function twoSided(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cos2 = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = 0;
  for (let j = odd ? 1 : 0; j <= freedom - 2; j += 2) {
    sum += term;
    term *= (cos2 * (j + 1)) / (j + 2);
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
