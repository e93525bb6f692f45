/**
 * Calls that ask for the same work share it: while it is under way any number of further calls lead to one more turn, since
 * the turn under way may have begun too early to see what they are about.
 */
export function coalesce(work: () => Promise<void>): () => void {
  let running = false
  let asked = false

  async function run(): Promise<void> {
    running = true
    while (asked) {
      asked = false
      await work()
    }
    running = false
  }

  return () => {
    asked = true
    if (!running) void run()
  }
}
