/** The time in milliseconds since the epoch. The one thing that tests may replace. */
export type Clock = () => number;
