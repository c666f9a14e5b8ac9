import * as ssl from '../../lib/index.ts'
import { clientContext, present, serverContext } from '../regression/public/line.ts'

interface Pair {
  readonly client: ssl.SSL
  readonly server: ssl.SSL
}

/** A client's and a server's context, and connections between the two. */
class Contexts {
  readonly client = clientContext()
  readonly server = serverContext()

  constructor({ ciphers }: { ciphers?: string } = {}) {
    for (const ctx of [this.client, this.server]) if (ciphers !== undefined) ssl.SSL_CTX_set_cipher_list(ctx, ciphers)
  }

  /** Two ends with a path in memory between them that loses nothing, their handshakes done. */
  connect(prepare: (con: ssl.SSL) => void = () => {}, mtu = LONGEST): Pair {
    const [client, server] = [present(ssl.SSL_new(this.client)), present(ssl.SSL_new(this.server))]
    const [here, there] = [{ value: null as ssl.BIO | null }, { value: null as ssl.BIO | null }]
    ssl.BIO_new_bio_dgram_pair(here, ROOM, there, ROOM)
    const bios = [present(here.value), present(there.value)]
    ssl.SSL_set_connect_state(client)
    ssl.SSL_set_accept_state(server)
    for (const [i, con] of [client, server].entries()) {
      const bio = present(bios[i] ?? null)
      ssl.BIO_dgram_set_mtu(bio, mtu)
      ssl.SSL_set_bio(con, bio, bio)
      prepare(con)
    }
    for (let turns = 0; turns < 10; turns++) {
      if ([client, server].map(con => ssl.SSL_do_handshake(con)).every(ret => ret === 1)) return { client, server }
    }
    throw new Error(`no handshake: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
  }
}

const usual = new Contexts()

/** Two connected ends, with certificates. @param mtu - octets of a datagram; any record fits when it is left out */
export function connected(mtu?: number): Pair {
  return usual.connect(() => {}, mtu)
}

connected.context = (options: { ciphers?: string } = {}) => new Contexts(options)

/** A record of 2^14 octets, with what protects it. */
const LONGEST = 17_000
/** Octets that wait in either direction. */
const ROOM = 1 << 18
