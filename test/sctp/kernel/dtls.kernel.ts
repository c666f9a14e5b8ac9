import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import * as O from '../../../lib/promises.ts'
import * as S from '../../../lib/sctp.ts'
import * as P from '../../../lib/socket.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { Openssl } from '../../interop/openssl.ts'
import { context, Ends, errors, present, secured, socketOf } from '../rfc6083/ends.ts'
import { numbered, setSndinfo } from '../rfc6083/hardships.ts'
import { OPENSSL_VARIABLE } from './openssl.ts'
import { describeKernel, eventually, expectZero, good, run, testInGuest, withDropped } from './stage.ts'

/** DTLS over SCTP on a network that fails. */

const openssl = process.env[OPENSSL_VARIABLE]
/** Milliseconds. */
const PATIENCE = 60_000
const STREAMS = 8
/** Messages on a bad network, and on none. */
const [SOME, LOST] = [80, 6]

const ends = new Ends(kernelSctp, STREAMS)
afterEach(() => ends.close())

describeKernel('DTLS over SCTP on a network that fails', () => {
  testInGuest(
    'what may be given up is missing or whole, once, in the order of its stream; the association lives',
    async () => {
      const { c, s, clientSocket } = await secured(ends)
      impatient(clientSocket)
      // However slow the machine is: the association is not to be taken for lost while nothing gets through.
      expectZero(clientSocket.setOption(S.SCTP_ASSOCINFO, { sasoc_asocmaxrxt: 1000 }))
      expectZero(clientSocket.setOption(S.SCTP_PEER_ADDR_PARAMS, { spp_pathmaxrxt: 1000 }))
      const abandoned = () =>
        good(clientSocket.getOption(S.SCTP_PR_ASSOC_STATUS, { sprstat_policy: S.SCTP_PR_SCTP_RTX }))
          .sprstat_abandoned_sent
      const received = collectUntil(s, 'end')
      const setPrinfo = (pr_policy: number) =>
        O.BIO_ctrl(O.SSL_get_wbio(c), O.BIO_CTRL_DGRAM_SCTP_SET_PRINFO, 0, { pr_policy, pr_value: 0 })
      const send = async (first: number, count: number) => {
        for (let n = first; n < first + count; n++) {
          setSndinfo(c, n % STREAMS)
          expect(await O.SSL_write(c, numbered(n, 1000))).toBe(1000)
          await sleep(5)
        }
      }
      setPrinfo(S.SCTP_PR_SCTP_RTX)
      // Every fifth packet, whoever sends it: no matter of chance, but of time which messages are given up.
      await withDropped('ip protocol 132 0xff', 'pass random determ drop 5', async () => await send(0, SOME))
      while (O.BIO_dgram_sctp_wait_for_dry(present(O.SSL_get_wbio(c))) !== 1) await sleep(10)
      const before = abandoned()
      await withDropped('ip protocol 132 0xff', 'drop', async () => {
        await send(SOME, LOST)
        await eventually(() => abandoned() === before + LOST)
      })
      setPrinfo(S.SCTP_PR_SCTP_NONE)
      setSndinfo(c, 0)
      expect(await O.SSL_write(c, Buffer.from('end'))).toBe(3)
      const messages = await received
      const numbers = messages.map(message => message.readUInt32BE())
      expect(messages.every((message, i) => message.equals(numbered(numbers[i] ?? -1, 1000)))).toBe(true)
      for (let stream = 0; stream < STREAMS; stream++) {
        const own = numbers.filter(number => number % STREAMS === stream)
        expect(own).toEqual([...new Set(own)].sort((a, b) => a - b))
      }
      expect(Math.max(...numbers)).toBeLessThan(SOME)
      // The numbers of the records that are missing hurt nobody, nor does a new handshake.
      expect(O.SSL_renegotiate(s)).toBe(1)
      const answer = collectUntil(c, 'end')
      expect(await O.SSL_do_handshake(s)).toBe(1)
      expect(await O.SSL_write(s, Buffer.from('end'))).toBe(3)
      expect(await answer).toEqual([])
      expect(errors()).toBe('')
    },
  )

  const live = openssl !== undefined && process.env.SCTP_GUEST === '1' ? test : test.skip
  live(
    'of two ways to a server of libssl one is taken down: the session goes on over the other, and back',
    async () => {
      const far = 'far'
      const process = await twoWaysTo(far)
      try {
        const fd = P.socket(P.AF_INET, P.SOCK_STREAM, P.IPPROTO_SCTP)
        const [one, other] = ['10.77.0.1', '10.78.0.1'].map(addressOf)
        expect(P.bind(fd, present(one ?? null))).toBe(0)
        expect(S.sctp_bindx(fd, [present(other ?? null)], 1, S.SCTP_BINDX_ADD_ADDR)).toBe(0)
        const socket = socketOf(fd)
        impatient(socket)
        O.BIO_free(present(O.BIO_new_dgram_sctp(fd, O.BIO_NOCLOSE)))
        P.connect(fd, { ...addressOf('10.77.0.2'), sin_port: P.htons(PORT) })
        await P.poll([{ fd, events: P.POLLOUT, revents: 0 }], 1, PATIENCE)
        const ssl = ends.connection(fd, context('client'))
        expect(await O.SSL_connect(ssl)).toBe(1)
        await exchange(ssl, process, 'on the first way')
        const [first, second] = ['10.77.0.2', '10.78.0.2'].map(text => ({
          ...addressOf(text),
          sin_port: P.htons(PORT),
        }))
        const state = (spinfo_address: P.sockaddr | undefined) =>
          good(socket.getOption(S.SCTP_GET_PEER_ADDR_INFO, { spinfo_address: spinfo_address ?? {} })).spinfo_state
        await eventually(() => state(second) === S.SCTP_ACTIVE)
        run('ip', 'link', 'set', 'way0', 'down')
        await exchange(ssl, process, 'on the second')
        await eventually(() => state(first) === S.SCTP_INACTIVE)
        expect(O.SSL_renegotiate(ssl)).toBe(1)
        while (O.SSL_renegotiate_pending(ssl) === 1) await O.SSL_do_handshake(ssl)
        await exchange(ssl, process, 'after a renegotiation there')
        run('ip', 'link', 'set', 'way0', 'up')
        run('ip', 'link', 'set', 'way1', 'down')
        await exchange(ssl, process, 'on the first again')
        P.close(fd)
      } finally {
        await process.stop()
        run('ip', 'netns', 'delete', far)
      }
    },
    3 * PATIENCE,
  )
})

const PORT = 4433

/** OpenSSL's server in a network of its own, and two links there. */
async function twoWaysTo(far: string): Promise<Openssl> {
  const directory = present(openssl ?? null)
  run('ip', 'netns', 'add', far)
  run('ip', '-n', far, 'link', 'set', 'lo', 'up')
  for (const [i, net] of ['10.77.0', '10.78.0'].entries()) {
    run('ip', 'link', 'add', `way${i}`, 'type', 'veth', 'peer', 'name', `end${i}`, 'netns', far)
    run('ip', 'address', 'add', `${net}.1/24`, 'dev', `way${i}`)
    run('ip', '-n', far, 'address', 'add', `${net}.2/24`, 'dev', `end${i}`)
    run('ip', 'link', 'set', `way${i}`, 'up')
    run('ip', '-n', far, 'link', 'set', `end${i}`, 'up')
  }
  const settings = ['auth_enable 1', 'hb_interval 300', 'rto_initial 200', 'rto_min 100', 'rto_max 500']
  for (const setting of settings) {
    const [name, value] = setting.split(' ')
    run('ip', 'netns', 'exec', far, 'sh', '-c', `echo ${value} >/proc/sys/net/sctp/${name}`)
  }
  const file = (name: string) => join('test', 'vectors', 'certificates', `${name}.pem`)
  const server = ['s_server', '-dtls1_2', '-sctp', '-4', '-accept', String(PORT), '-client_renegotiation']
  const identity = ['-cert', file('p256'), '-key', file('p256.key')]
  const command = ['netns', 'exec', far, join(directory, 'bin', 'openssl'), ...server, ...identity]
  const process = new Openssl(command, { LD_LIBRARY_PATH: join(directory, 'lib') }, 'ip')
  await process.prints(/^ACCEPT/m, PATIENCE)
  return process
}

/** A line each way. */
async function exchange(ssl: O.SSL, process: Openssl, text: string): Promise<void> {
  const buf = Buffer.alloc(1000)
  await O.SSL_write(ssl, Buffer.from(`ours ${text}\n`))
  await process.prints(new RegExp(`^ours ${text}$`, 'm'), PATIENCE)
  process.type(`theirs ${text}\n`)
  const length = await O.SSL_read(ssl, buf)
  if (length <= 0) throw new Error(`${O.SSL_get_error(ssl, length)} ${errors()}\n${process.output}`)
  expect(buf.toString('latin1', 0, length)).toBe(`theirs ${text}\n`)
}

/** What comes before a message. */
async function collectUntil(ssl: O.SSL, last: string): Promise<Buffer[]> {
  const messages: Buffer[] = []
  const buf = Buffer.alloc(20_000)
  for (;;) {
    const length = await O.SSL_read(ssl, buf)
    if (length <= 0) throw new Error(`message ${messages.length}: ${O.SSL_get_error(ssl, length)} ${errors()}`)
    const message = Buffer.from(buf.subarray(0, length))
    if (message.toString('latin1') === last) return messages
    messages.push(message)
  }
}

/** Notices soon what is lost, and which way has failed. */
function impatient(socket: SctpSocket): void {
  expectZero(socket.setOption(S.SCTP_RTOINFO, { srto_initial: 200, srto_min: 100, srto_max: 500 }))
  const paths = { spp_flags: S.SPP_HB_ENABLE, spp_hbinterval: 300, spp_pathmaxrxt: 2 }
  expectZero(socket.setOption(S.SCTP_PEER_ADDR_PARAMS, paths))
}

function addressOf(text: string): P.sockaddr {
  return { sin_family: P.AF_INET, sin_addr: { s_addr: P.inet_addr(text) }, sin_port: 0 }
}
