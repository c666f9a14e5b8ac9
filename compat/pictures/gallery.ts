import { type Sequence, sequenceElement, sequenceFile } from '../trace/sequence.ts'
import { callsOf } from './calls.ts'
import { HOUSE_TITLE, houseElement, houseFile } from './house.ts'
import { PLAYS, sequenceOf } from './list.ts'
import { wayElement, wayFile } from './way.ts'
import { WAYS } from './ways.ts'

export interface Picture {
  /** Of its file, without the ending. */
  readonly name: string
  readonly title: string
  readonly words: string
  /** As a file of its own, and as a part of a page. */
  readonly file: string
  readonly element: string
}

export interface Room {
  readonly title: string
  readonly words: string
  readonly pictures: readonly Picture[]
}

/** All pictures, made anew from the running code. */
export async function gallery(): Promise<Room[]> {
  return [
    {
      title: 'Handshakes',
      words:
        'Each was run on a network with a seed and a clock of its own, where a packet takes 10 ms, and read from the packets that passed, as `npm run trace` reads any capture.',
      pictures: Object.entries(PLAYS).map(([name, play]) => handshake(name, play.words, sequenceOf(play))),
    },
    {
      title: 'Ways through the code',
      words:
        'Calls from file to file, as the debugger of V8 saw them, in their order from top to bottom. Getters, checks of arguments and what only watches are left out.',
      pictures: await waysGallery(),
    },
    {
      title: 'The house',
      words:
        'Two columns that share only their foundation: the protocol owns no socket, no timer and no random source.',
      pictures: [{ name: 'house', title: HOUSE_TITLE, words: '', file: houseFile(), element: houseElement() }],
    },
  ]
}

function handshake(name: string, words: string, sequence: Sequence): Picture {
  return { name, title: sequence.title, words, file: sequenceFile(sequence), element: sequenceElement(sequence) }
}

async function waysGallery(): Promise<Picture[]> {
  const pictures: Picture[] = []
  // One after the other: they share the clock and the debugger.
  for (const [name, { title, words, prepare }] of Object.entries(WAYS)) {
    const calls = await callsOf(prepare)
    pictures.push({ name: `way-${name}`, title, words, file: wayFile(title, calls), element: wayElement(title, calls) })
  }
  return pictures
}
