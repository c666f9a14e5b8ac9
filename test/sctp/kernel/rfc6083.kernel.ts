import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { hardshipSuite } from '../rfc6083/hardships.ts'
import { rfc6083Suite } from '../rfc6083/suite.ts'
import { describeKernel } from './stage.ts'

/** More by hand: SCTP_OPENSSL_MESSAGES. An emulated machine does some two hundred in a second. */
const MESSAGES = Number(process.env.SCTP_OPENSSL_MESSAGES ?? 500)

describeKernel("DTLS over the kernel's SCTP", () => {
  rfc6083Suite(kernelSctp, 60_000)
  hardshipSuite(kernelSctp, 60_000, MESSAGES)
})
