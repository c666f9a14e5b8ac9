import { existsSync } from 'node:fs'
import { make_certificates } from '../demo/certificates.ts'

const A_MONTH = 30 * 24 * 3600

/** Makes what the samples, and the programs of the README, read: an authority, a server `localhost` and a client. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) {
    process.stderr.write('Usage: certificates\nWrites certs/ in the working directory, good for 30 days.\n')
    return 1
  }
  if (existsSync('certs')) {
    process.stderr.write('certs exists already. To make others, move it away.\n')
    return 1
  }
  make_certificates('.', A_MONTH)
  process.stdout.write('certs/ca-cert.pem, certs/{server,client}-{cert,key}.pem: good for 30 days\n')
  return 0
}
