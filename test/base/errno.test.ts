import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import {
  EAGAIN,
  ECONNREFUSED,
  EIO,
  EWOULDBLOCK,
  errno,
  errnoName,
  errnoOf,
  setErrno,
  strerror,
} from '../../lib/base/errno.ts'
import * as numbers from '../../lib/base/errno-numbers.ts'

describe('errno', () => {
  test('keeps what was set', () => {
    setErrno(ECONNREFUSED)
    expect(errno()).toBe(111)
    setErrno(0)
    expect(errno()).toBe(0)
  })

  test('names each number once, and aliases by their first name', () => {
    expect(errnoName(11)).toBe('EAGAIN')
    expect(EWOULDBLOCK).toBe(EAGAIN)
    expect(errnoName(95)).toBe('EOPNOTSUPP')
    expect(errnoName(35)).toBe('EDEADLK')
    expect(errnoName(0)).toBeUndefined()
    expect(errnoName(41)).toBeUndefined()
  })

  test('has the text of every number', () => {
    for (const number of Object.values(numbers)) expect(strerror(number)).not.toMatch(/^Unknown/)
    expect(strerror(0)).toBe('Success')
    expect(strerror(90)).toBe('Message too long')
    expect(strerror(9999)).toBe('Unknown error 9999')
  })

  const python = hasPython()
  if (!python) console.info('skipped the comparison of errno with the system: no python3')
  const onLinux = process.platform === 'linux' && python ? test : test.skip
  onLinux("agrees with the system's own numbers and texts", () => {
    const script = 'import errno,os\nfor n in sorted(errno.errorcode): print(n, os.strerror(n), sep="\\t")'
    const lines = execFileSync('python3', ['-c', script], { encoding: 'utf8', env: { LC_ALL: 'C' } })
      .trim()
      .split('\n')
    expect(lines.length).toBeGreaterThan(120)
    expect(lines.map(line => Number(line.split('\t')[0])).filter(number => errnoName(number) === undefined)).toEqual([])
    expect(lines).toEqual(lines.map(line => `${line.split('\t')[0]}\t${strerror(Number(line.split('\t')[0]))}`))
  })

  test.each([
    [{ code: 'ECONNREFUSED', errno: -61 }, ECONNREFUSED],
    [{ code: 'ENOTSUP' }, 95],
    [{ code: 'EAI_NONAME' }, 99],
    [{ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' }, 9],
    [{ code: 'ERR_SOCKET_BAD_PORT' }, 22],
    [{ code: 'ESOMETHING' }, EIO],
    [{ code: 5 }, EIO],
    [new Error('no code'), EIO],
    [null, EIO],
    ['ECONNREFUSED', EIO],
  ])('takes the number from what Node tells: %j', (failure, number) => {
    expect(errnoOf(failure)).toBe(number)
  })
})

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', ''])
    return true
  } catch {
    return false
  }
}
