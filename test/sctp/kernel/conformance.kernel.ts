import { sctpSuite } from '../conformance/suite.ts'
import { describeKernel, KERNEL_GROUND } from './stage.ts'

describeKernel('the same as on every other SCTP', () => sctpSuite("the kernel's SCTP", KERNEL_GROUND))
