import { sctpSuite } from './suite.ts'
import { loopbackGround } from './userland.ts'

sctpSuite('SCTP inside the process', loopbackGround())
