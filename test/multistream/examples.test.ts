import { describe } from '@jest/globals'
import { createLoopbackProvider } from '../../lib/transport/sctp/loopback.ts'
import { examples } from './examples.ts'

describe('TLS over the streams of an association inside the process', () => examples(createLoopbackProvider()))
