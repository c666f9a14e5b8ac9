import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { gallery, type Picture, type Room } from '../../compat/pictures/gallery.ts'
import { pageHtml } from '../../compat/pictures/page.ts'

/** The pictures are what the code does today: `npm run pictures` draws them anew. */

const FOLDER = 'compat/pictures'
let rooms: Room[] = []
let pictures: Picture[] = []

beforeAll(async () => {
  rooms = await gallery()
  pictures = rooms.flatMap(room => room.pictures)
})

test('every picture is what would be drawn now', () => {
  const stale = pictures.filter(({ name, file }) => readFileSync(`${FOLDER}/${name}.svg`, 'utf8') !== file)
  expect(stale.map(({ name }) => name)).toEqual([])
  expect(readFileSync(`${FOLDER}/index.html`, 'utf8')).toBe(pageHtml(rooms))
})

test('there is no other', () => {
  const drawn = readdirSync(FOLDER).filter(name => name.endsWith('.svg'))
  expect(drawn).toEqual(pictures.map(({ name }) => `${name}.svg`).toSorted())
})

describe('the ways of a call', () => {
  /** The functions of a way, in order. */
  const functions = (name: string) => {
    const file = pictures.find(picture => picture.name === name)?.file ?? ''
    return [...file.matchAll(/<tspan class="k">([^<]*)<\/tspan> <tspan class="m">([^<]*)</g)].map(
      ([, call, where]) => `${call} ${where}`,
    )
  }
  const inOrder = (name: string, wanted: readonly string[]) => {
    const found = functions(name)
    let at = 0
    for (const call of wanted) {
      at = found.indexOf(call, at)
      expect(at === -1 ? `${call} is not in its place in ${name}` : '').toBe('')
    }
  }

  test('up: pulled, admitted, checked for replay, opened, marked', () => {
    inOrder('way-up', [
      'SSL_read openssl/ssl/io.ts',
      'receive transport/udp.ts',
      'receive record/dtls-input.ts',
      'admit record/admission.ts',
      'admits record/replay-window.ts',
      'open crypto/wasm/gcm.ts',
      'mark record/replay-window.ts',
    ])
  })

  test('down: sealed into the outbox, and from there to the transport', () => {
    inOrder('way-down', [
      'SSL_write openssl/ssl/io.ts',
      'write connection/connection.ts',
      'send record/dtls-output.ts',
      'seal crypto/wasm/gcm.ts',
      'takeOutput connection/connection.ts',
      'give transport/udp.ts',
    ])
  })

  test('listen: the gate answers, and no connection is made', () => {
    inOrder('way-listen', ['DTLSv1_listen openssl/ssl/listener/listen.ts', 'helloGate handshake/hello-gate.ts'])
    expect(functions('way-listen').filter(call => call.endsWith('connection/connection.ts'))).toEqual([])
  })
})
