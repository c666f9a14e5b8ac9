import { describe } from '@jest/globals'
import { createLoopbackProvider } from '../../../lib/transport/sctp/loopback.ts'
import { hardshipSuite } from './hardships.ts'
import { rfc6083Suite } from './suite.ts'

describe('DTLS over SCTP inside the process', () => {
  rfc6083Suite(createLoopbackProvider())
  hardshipSuite(createLoopbackProvider())
})
