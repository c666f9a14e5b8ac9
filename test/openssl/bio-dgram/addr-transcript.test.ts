import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { EMPTY, toHex, utf8 } from '../../../lib/base/bytes.ts'
import * as addr from '../../../lib/openssl/bio/socket/addr.ts'
import * as lookup from '../../../lib/openssl/bio/socket/addr-lookup.ts'
import * as sock from '../../../lib/openssl/bio/socket/sock.ts'
import * as constants from '../../../lib/openssl/constants/bio.ts'
import { ERR_get_error_all } from '../../../lib/openssl/err/get.ts'
import { ERR_clear_error } from '../../../lib/openssl/err/put.ts'
import { AF_INET, AF_INET6, AF_UNIX, htons, SOCK_DGRAM } from '../../../lib/socket.ts'
import { parseIp } from '../../../lib/transport/address.ts'
import { transcriptOf } from '../../transport/counterpart.ts'

/** The calls of addr.c, in its order, with its labels. */
function transcript(): string[] {
  const lines: string[] = []
  const errors = () => {
    const data = { value: '' }
    for (let code = next(); code !== 0; code = next())
      lines.push(`error ${code.toString(16).toUpperCase().padStart(8, '0')} ${data.value}`)
    function next(): number {
      return ERR_get_error_all(null, null, null, data, null)
    }
  }
  const say = (label: string, result: number | string | null) => {
    lines.push(`${label} ${result ?? 'NULL'}`)
    errors()
  }
  const look = (host: string | null, service: string | null, ...rest: [number, number, number, number]) => {
    const res: { value: lookup.BIO_ADDRINFO | null } = { value: null }
    const result = lookup.BIO_lookup_ex(host, service, ...rest, res)
    lines.push(`lookup ${host ?? 'NULL'} ${service ?? 'NULL'} ${rest.join(' ')}: ${result}`)
    for (let at = res.value; at !== null; at = lookup.BIO_ADDRINFO_next(at)) {
      const address = lookup.BIO_ADDRINFO_address(at) ?? addr.BIO_ADDR_new()
      const kind = [
        lookup.BIO_ADDRINFO_family(at),
        lookup.BIO_ADDRINFO_socktype(at),
        lookup.BIO_ADDRINFO_protocol(at),
      ].join(' ')
      const texts = [addr.BIO_ADDR_hostname_string(address, 1), addr.BIO_ADDR_service_string(address, 1)]
      lines.push(`${kind} ${texts.join(' ')}`)
    }
    lookup.BIO_ADDRINFO_free(res.value)
    errors()
  }
  const ip = (text: string) => parseIp(text) ?? EMPTY

  const texts =
    'host:80|host|[::1]:443|[::1]|::1|*:80|:80|80|host:|host:*||:|[::1|a:b:c|*|*:*|[::1]x|[::1]:a:b|[]:1|[*]:1'.split(
      '|',
    )
  for (const prio of [constants.BIO_PARSE_PRIO_HOST, constants.BIO_PARSE_PRIO_SERV]) {
    for (const text of texts) {
      const host: { value: string | null } = { value: 'unset' }
      const service: { value: string | null } = { value: 'unset' }
      const result = lookup.BIO_parse_hostserv(text, host, service, prio)
      lines.push(`parse ${prio} '${text}' ${result} ${host.value ?? 'NULL'} ${service.value ?? 'NULL'}`)
      errors()
    }
  }

  const a = addr.BIO_ADDR_new()
  const l = { value: 77 }
  const out = new Uint8Array(200)
  say('unset family', addr.BIO_ADDR_family(a))
  say('unset rawaddress', addr.BIO_ADDR_rawaddress(a, null, l))
  say('unset length', l.value)
  say('unset port', addr.BIO_ADDR_rawport(a))
  say('unset host', addr.BIO_ADDR_hostname_string(a, 1))
  say('unset service', addr.BIO_ADDR_service_string(a, 1))
  say('unset path', addr.BIO_ADDR_path_string(a))
  const four = ip('192.0.2.77')
  say('rawmake', addr.BIO_ADDR_rawmake(a, AF_INET, four, 4, htons(40999)))
  say('rawmake length', addr.BIO_ADDR_rawmake(a, AF_INET, out, 5, 1))
  say('rawmake length', addr.BIO_ADDR_rawmake(a, AF_INET, out, 16, 1))
  say('rawmake length', addr.BIO_ADDR_rawmake(a, AF_INET6, four, 4, 1))
  say('rawmake family', addr.BIO_ADDR_rawmake(a, 77, four, 4, 1))
  say('family', addr.BIO_ADDR_family(a))
  say('rawport', addr.BIO_ADDR_rawport(a))
  say('rawaddress', addr.BIO_ADDR_rawaddress(a, out, l))
  lines.push(`${l.value} ${toHex(out.subarray(0, 4))}`)
  say('host', addr.BIO_ADDR_hostname_string(a, 1))
  say('service', addr.BIO_ADDR_service_string(a, 1))
  say('service by name', addr.BIO_ADDR_service_string(a, 0))
  say('path', addr.BIO_ADDR_path_string(a))
  addr.BIO_ADDR_rawmake(a, AF_INET, ip('127.0.0.1'), 4, htons(53))
  say('host by name', addr.BIO_ADDR_hostname_string(a, 0))
  say('service by name', addr.BIO_ADDR_service_string(a, 0))
  say('rawmake 6', addr.BIO_ADDR_rawmake(a, AF_INET6, ip('2001:db8::1'), 16, htons(1)))
  say('host 6', addr.BIO_ADDR_hostname_string(a, 1))
  say('unix', addr.BIO_ADDR_rawmake(a, AF_UNIX, utf8('/tmp/y')))
  say('unix family', addr.BIO_ADDR_family(a))
  say('unix path', addr.BIO_ADDR_path_string(a))
  say('unix port', addr.BIO_ADDR_rawport(a))
  say('unix rawaddress', addr.BIO_ADDR_rawaddress(a, null, l))
  say('unix length', l.value)
  say('unix host', addr.BIO_ADDR_hostname_string(a, 1))
  say('unix service', addr.BIO_ADDR_service_string(a, 1))
  const long = new Uint8Array(200).fill(0x61)
  say('unix 107', addr.BIO_ADDR_rawmake(a, AF_UNIX, long, 107))
  say('unix 108', addr.BIO_ADDR_rawmake(a, AF_UNIX, long, 108))
  addr.BIO_ADDR_clear(a)
  say('cleared', addr.BIO_ADDR_family(a))

  look(null, '4433', 1, 0, 2, 0)
  look(null, '4433', 0, 0, 2, 0)
  look(null, '4433', 0, 2, 2, 0)
  look('127.0.0.1', '4433', 0, 0, 2, 0)
  look('127.0.0.1', null, 0, 0, 2, 0)
  look('127.0.0.1', '', 0, 0, 2, 0)
  look(null, null, 0, 0, 2, 0)
  look('::1', '4433', 0, 10, 0, 0)
  look('::1', '4433', 0, 2, 2, 0)
  look('127.0.0.1', '1', 0, 10, 2, 0)
  look('2001:DB8:0::1', '1', 0, 10, 2, 0)
  look('localhost', '4433', 0, 2, 2, 0)
  look('127.0.0.1', 'domain', 0, 0, 2, 0)
  look('127.0.0.1', 'http', 0, 0, 1, 0)
  look('127.0.0.1', 'nosuch', 0, 0, 2, 0)
  look('127.0.0.1', '-1', 0, 0, 2, 0)
  look('127.0.0.1', '12x', 0, 0, 2, 0)
  look('127.0.0.1', '1', 0, 77, 2, 0)
  look('127.0.0.1', '1', 0, 0, 2, 6)
  look('127.0.0.1', '1', 0, 0, 2, 17)
  look('127.0.0.1', '1', 0, 0, 5, 132)
  look('127.0.0.1', '1', 0, 0, 5, 0)
  look('127.0.0.1', '1', 0, 0, 0, 17)
  look('127.0.0.1', '1', 0, 2, 77, 0)
  look('fe80::1%nosuch', '1', 0, 10, 2, 0)
  look('', '1', 0, 0, 2, 0)
  look('/tmp/x', null, 0, 1, 2, 0)

  say('socket', sock.BIO_socket(77, 2, 0, 0))
  say('connect -1', sock.BIO_connect(-1, a, 0))
  say('bind -1', sock.BIO_bind(-1, a, 0))
  say('listen -1', sock.BIO_listen(-1, a, 0))
  say('closesocket -1', sock.BIO_closesocket(-1))
  say('closesocket 999', sock.BIO_closesocket(999))
  say('nbio 999', sock.BIO_socket_nbio(999, 1))
  say('sock_error 999', sock.BIO_sock_error(999))
  say('connect 999', sock.BIO_connect(999, a, 0))
  say('listen 999', sock.BIO_listen(999, a, 0))
  say('bind 999', sock.BIO_bind(999, a, 1))
  say('bind 999', sock.BIO_bind(999, a, 0))
  say('info 999', sock.BIO_sock_info(999, constants.BIO_SOCK_INFO_ADDRESS, { addr: a }))
  say('info type', sock.BIO_sock_info(999, 7, { addr: a }))
  const fd = sock.BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
  addr.BIO_ADDR_rawmake(a, AF_INET, ip('203.0.113.9'), 4, htons(40999))
  say('bind foreign', sock.BIO_bind(fd, a, constants.BIO_SOCK_REUSEADDR))
  say('listen foreign', sock.BIO_listen(fd, a, 0))
  addr.BIO_ADDR_rawmake(a, AF_INET, ip('127.0.0.1'), 4, 0)
  say('listen', sock.BIO_listen(fd, a, constants.BIO_SOCK_KEEPALIVE))
  say('sock_error', sock.BIO_sock_error(fd))
  say('accept', sock.BIO_accept_ex(fd, null, 0))
  say('info', sock.BIO_sock_info(fd, constants.BIO_SOCK_INFO_ADDRESS, { addr: a }))
  say('info host', addr.BIO_ADDR_hostname_string(a, 1))
  let other = sock.BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
  say('connect', sock.BIO_connect(other, a, constants.BIO_SOCK_NONBLOCK))
  sock.BIO_closesocket(other)
  other = sock.BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
  say('connect nodelay', sock.BIO_connect(other, a, constants.BIO_SOCK_NODELAY))
  addr.BIO_ADDR_rawmake(a, AF_INET, ip('255.255.255.255'), 4, htons(9))
  say('connect broadcast', sock.BIO_connect(other, a, 0))
  sock.BIO_closesocket(other)
  say('close', sock.BIO_closesocket(fd))
  say('init', sock.BIO_sock_init())
  lines.push(
    Array.from({ length: 140 }, (_, number) => number)
      .filter(sock.BIO_sock_non_fatal_error)
      .join(' '),
  )
  return lines
}

const source = fileURLToPath(new URL('./addr.c', import.meta.url))
const real = process.platform === 'linux' ? transcriptOf(source, 'crypto') : null
const compared = real === null ? test.skip : test

compared('addresses, look-ups and BIO_socket & co answer and queue errors as OpenSSL does', () => {
  ERR_clear_error()
  expect(real?.length).toBeGreaterThan(190)
  expect(transcript()).toEqual(real?.map(line => line.replace(/(?<=^error 1\w+)$/, ' ')))
})
