import { describe } from '@jest/globals'
import { addressesChapter } from './addresses.ts'
import { associationChapter } from './association.ts'
import { authChapter } from './auth.ts'
import { lossChapter } from './loss.ts'
import { manyChapter } from './many.ts'
import { notificationsChapter } from './notifications.ts'
import { optionsChapter } from './options.ts'
import { createStage, type Ground, type Stage } from './stage.ts'

/** What every provider of SCTP must do, as the Linux kernel does it: the same tests on each of them, and `more`. */
export function sctpSuite(name: string, ground: Ground, more: (stage: Stage) => void = () => {}): void {
  describe(name, () => {
    const stage = createStage(ground)
    associationChapter(stage)
    notificationsChapter(stage)
    optionsChapter(stage)
    manyChapter(stage)
    authChapter(stage)
    addressesChapter(stage)
    lossChapter(stage)
    more(stage)
  })
}
