import type { Services } from '../../services.ts'
import type { Progress, Replay } from './stores.ts'

/** One line and its figures per batch of a replay. */
export function reportReplayed(
  { metrics, logger }: Pick<Services, 'metrics' | 'logger'>,
  { id }: Replay,
  progress: Progress,
): void {
  const { replayed, staying, endedAt } = progress
  metrics.replayed.inc({ outcome: 'replayed' }, replayed)
  for (const [reason, count] of Object.entries(staying)) metrics.replayed.inc({ outcome: reason }, count)
  logger.info({ replayId: id, replayed, staying }, endedAt === null ? 'messages replayed' : 'a replay ended')
}
