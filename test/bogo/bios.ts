import {
  type BIO,
  BIO_clear_retry_flags,
  BIO_copy_next_retry,
  BIO_ctrl,
  BIO_get_new_index,
  BIO_meth_new,
  BIO_meth_set_create,
  BIO_meth_set_ctrl,
  BIO_meth_set_read,
  BIO_meth_set_write,
  BIO_new,
  BIO_next,
  BIO_read,
  BIO_set_init,
  BIO_set_retry_read,
  BIO_set_retry_write,
  BIO_TYPE_FILTER,
  BIO_write,
} from 'openssl-shim'

/** Filter BIOs of the program's own, as in ssl/test/packeted_bio.cc and ssl/test/async_bio.cc. */

const OPCODE = { packet: 0x50, timeout: 0x54, timeoutAck: 0x74 } as const
const TIMEOUT_LENGTH = 9
const HEADER_LENGTH = 5

/** Datagrams in a stream, each with an opcode and its length; and the runner's wish that time goes by. */
export class PacketedBio {
  readonly bio: BIO
  /** What has come of the stream and is not a whole packet yet. */
  #input = Buffer.alloc(0)
  /** Milliseconds by which the clock has to be moved on before anything else is read; 0 for none. */
  #timeout = 0

  constructor() {
    this.bio = filter('packeted', {
      read: (b, out) => this.#read(b, out),
      write: (b, data) => this.#write(b, data),
    })
  }

  /** The milliseconds that have gone by, once. */
  takeTimeout(): number {
    const timeout = this.#timeout
    this.#timeout = 0
    return timeout
  }

  #write(b: BIO, data: Uint8Array): number {
    const packet = Buffer.alloc(HEADER_LENGTH + data.length)
    packet[0] = OPCODE.packet
    packet.writeUInt32BE(data.length, 1)
    packet.set(data, HEADER_LENGTH)
    const ret = BIO_write(BIO_next(b), packet)
    BIO_copy_next_retry(b)
    if (ret > 0 && ret !== packet.length) throw new Error('a packet was written in part')
    return ret > 0 ? data.length : ret
  }

  #read(b: BIO, out: Uint8Array): number {
    if (this.#timeout !== 0) throw new Error('a timeout was not waited for')
    for (;;) {
      const packet = this.#take()
      if (packet !== null) {
        out.set(packet.subarray(0, out.length))
        return Math.min(packet.length, out.length)
      }
      if (this.#timeout !== 0) {
        BIO_write(BIO_next(b), Uint8Array.of(OPCODE.timeoutAck))
        BIO_set_retry_read(b)
        return -1
      }
      const room = Buffer.alloc(1 << 16)
      const ret = BIO_read(BIO_next(b), room)
      BIO_copy_next_retry(b)
      if (ret <= 0) return ret
      this.#input = Buffer.concat([this.#input, room.subarray(0, ret)])
    }
  }

  /** The next packet if it is whole; a timeout is taken note of. */
  #take(): Uint8Array | null {
    const input = this.#input
    if (input.length < HEADER_LENGTH) return null
    if (input[0] === OPCODE.timeout) {
      if (input.length < TIMEOUT_LENGTH) return null
      this.#timeout = Number(input.readBigUInt64BE(1) / 1_000_000n)
      this.#input = input.subarray(TIMEOUT_LENGTH)
      return null
    }
    if (input[0] !== OPCODE.packet) throw new Error(`unknown opcode ${input[0]}`)
    const end = HEADER_LENGTH + input.readUInt32BE(1)
    if (input.length < end) return null
    this.#input = input.subarray(end)
    return input.subarray(HEADER_LENGTH, end)
  }
}

/** Lets through what it is told to, a byte or a datagram at a time: every call comes back for more. */
export class AsyncBio {
  readonly bio: BIO
  enforceWriteQuota = true
  readonly #datagram: boolean
  #readQuota = 0
  #writeQuota = 0

  constructor(datagram: boolean) {
    this.#datagram = datagram
    this.bio = filter('async', {
      read: (b, out) => this.#read(b, out),
      write: (b, data) => this.#write(b, data),
    })
  }

  /** False when something was allowed before and there is still nothing to read. */
  allowRead(): boolean {
    if (this.#readQuota > 0) return false
    this.#readQuota++
    return true
  }

  /** The same for writing. */
  allowWrite(): boolean {
    if (this.#writeQuota > 0) return false
    this.#writeQuota++
    return true
  }

  #read(b: BIO, out: Uint8Array): number {
    if (this.#readQuota === 0) {
      BIO_set_retry_read(b)
      return -1
    }
    const ret = BIO_read(BIO_next(b), this.#datagram ? out : out.subarray(0, this.#readQuota))
    BIO_copy_next_retry(b)
    if (ret > 0) this.#readQuota -= this.#datagram ? 1 : ret
    return ret
  }

  #write(b: BIO, data: Uint8Array): number {
    if (!this.enforceWriteQuota) return BIO_write(BIO_next(b), data)
    if (this.#writeQuota === 0) {
      BIO_set_retry_write(b)
      return -1
    }
    const ret = BIO_write(BIO_next(b), this.#datagram ? data : data.subarray(0, this.#writeQuota))
    BIO_copy_next_retry(b)
    if (ret > 0) this.#writeQuota -= this.#datagram ? 1 : ret
    return ret
  }
}

interface Behaviour {
  read(b: BIO, out: Uint8Array): number
  write(b: BIO, data: Uint8Array): number
}

function filter(name: string, { read, write }: Behaviour): BIO {
  const method = BIO_meth_new(TYPE, name)
  BIO_meth_set_create(method, b => {
    BIO_set_init(b, 1)
    return 1
  })
  BIO_meth_set_read(method, (b, out) => {
    BIO_clear_retry_flags(b)
    return read(b, out)
  })
  BIO_meth_set_write(method, (b, data) => {
    BIO_clear_retry_flags(b)
    return write(b, data)
  })
  BIO_meth_set_ctrl(method, (b, cmd, larg, parg) => {
    BIO_clear_retry_flags(b)
    const ret = BIO_ctrl(BIO_next(b), cmd, larg, parg)
    BIO_copy_next_retry(b)
    return ret
  })
  const bio = BIO_new(method)
  if (bio === null) throw new Error('BIO_new failed')
  return bio
}

const TYPE = BIO_get_new_index() | BIO_TYPE_FILTER
