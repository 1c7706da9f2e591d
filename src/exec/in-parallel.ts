/**
 * Runs one task for each item, in order, at most `limit` of them at once. A task may give its
 * place to the next before it is done. Resolves with what they returned, in the items' order.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  task: (item: Item, giveWay: () => void) => Promise<Result>,
): Promise<readonly Result[]> {
  let free = limit;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const enter = (): Promise<void> => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve));
    free -= 1;
    return Promise.resolve();
  };
  const run = async (item: Item): Promise<Result> => {
    await enter();
    let left = false;
    const giveWay = () => {
      if (!left) leave();
      left = true;
    };
    try {
      return await task(item, giveWay);
    } finally {
      giveWay();
    }
  };
  return Promise.all(items.map(run));
}
