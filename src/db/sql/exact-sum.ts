/** A sum as a number of JavaScript; null: it is beyond what that holds exactly. */
export const exactSum = (sum: string): string => `exact_sum(${sum})::float8`
