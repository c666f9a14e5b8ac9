import { describe, expect, test } from '@jest/globals'
import { getopt } from '../../compat/samples/common/getopt.ts'
import { DEFAULTS, read_options } from '../../compat/samples/common/options.ts'

function parsed(...argv: string[]) {
  const line = getopt(argv, 'n:p:vV')
  return typeof line === 'string' ? line : { options: Object.fromEntries(line.options), operands: line.operands }
}

describe('a command line', () => {
  test.each([
    ['-n 5 -V ::1', { options: { n: '5', V: '' }, operands: ['::1'] }],
    ['-n5 -vV ::1', { options: { n: '5', v: '', V: '' }, operands: ['::1'] }],
    ['-vn5', { options: { v: '', n: '5' }, operands: [] }],
    ['-vn 5', { options: { v: '', n: '5' }, operands: [] }],
    ['::1 -v', { options: { v: '' }, operands: ['::1'] }],
    ['-n -v', { options: { n: '-v' }, operands: [] }],
    ['-n 1 -n 2', { options: { n: '2' }, operands: [] }],
    ['-v -- -n', { options: { v: '' }, operands: ['-n'] }],
    ['- x', { options: {}, operands: ['-', 'x'] }],
    ['-x', "invalid option -- 'x'"],
    ['-v:', "invalid option -- ':'"],
    ['-vn', "option requires an argument -- 'n'"],
  ])('%s', (line, expected) => {
    expect(parsed(...line.split(' '))).toEqual(expected)
  })
})

describe('the options of a sample', () => {
  const read = (...argv: string[]) => read_options('echo', ['l:', 'L:', 'p:', 'n:', 'v', 'V'], argv, 4)

  test('have the defaults of the C programs', () => {
    expect(read()).toEqual(DEFAULTS)
    expect(DEFAULTS).toMatchObject({ length: 100, port: 23232, messagenumber: 5, timetosend: 10 })
  })

  test('very verbose is verbose too', () => {
    expect(read('-V', '::1')).toMatchObject({ verbose: true, veryverbose: true, remote_address: '::1' })
    expect(read('-v')).toMatchObject({ verbose: true, veryverbose: false })
  })

  test('numbers are taken within their bounds', () => {
    expect(read('-l', '4', '-p', '65535', '-n', '1')).toMatchObject({ length: 4, port: 65535, messagenumber: 1 })
  })

  test.each(['-l 3', '-l 65537', '-l x', '-l 4.5', '-p 0', '-p 65536', '-n 0', '-n -1', '-q', '-t 1', 'a b'])(
    '%s is answered with the usage',
    line => {
      expect(read(...line.split(' '))).toContain('Usage: echo [options] [address]')
    },
  )
})
