/**
 * Work that many callers ask for under one name is done once for all who asked before it began. A caller who asks while it is under
 * way shares the next turn, because the one under way may have begun too early for what that caller knows. Never two turns of one
 * name at a time.
 */
export function createSharedTurns(): <Result>(name: string, work: () => Promise<Result>) => Promise<Result> {
  const underWay = new Map<string, Promise<unknown>>()
  const next = new Map<string, Promise<unknown>>()

  function begin<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = work().finally(() => {
      underWay.delete(name)
    })
    underWay.set(name, turn)
    return turn
  }

  function queue<Result>(
    name: string,
    work: () => Promise<Result>,
    before: Promise<unknown>,
  ): Promise<Result> {
    const begun = async (): Promise<Result> => {
      next.delete(name)
      return begin(name, work)
    }
    const turn = before.then(begun, begun)
    next.set(name, turn)
    return turn
  }

  // One name stands for one kind of work.
  return async <Result>(name: string, work: () => Promise<Result>) => {
    const shared = next.get(name) as Promise<Result> | undefined
    const before = underWay.get(name)
    return shared ?? (before === undefined ? begin(name, work) : queue(name, work, before))
  }
}
