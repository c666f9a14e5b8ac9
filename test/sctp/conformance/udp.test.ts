import { sctpSuite } from './suite.ts'
import { udpGround } from './userland.ts'

sctpSuite('SCTP in UDP datagrams', udpGround())
