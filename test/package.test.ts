import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const ROOT = dirname(import.meta.dirname)

interface Manifest {
  readonly name: string
  readonly types: string
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> }
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
/** What programs import: `openssl-shim`, `openssl-shim/promises`, ... */
const ENTRIES = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [{ name: join(manifest.name, path), target }],
)

let project: string

/** A project that has this package installed, as npm links a folder. */
beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist/lib/index.js'))) throw new Error('there is no dist: run `npm run build` first')
  project = mkdtempSync(join(tmpdir(), 'openssl-shim-project-'))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(ROOT, join(project, 'node_modules', manifest.name), 'dir')
  symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'), 'dir')
})

afterAll(() => {
  if (project !== undefined) rmSync(project, { recursive: true })
})

function write(file: string, text: string): string {
  const path = join(project, file)
  writeFileSync(path, text)
  return path
}

function run(file: string, text: string): string {
  return execFileSync(process.execPath, ['--no-warnings', write(file, text)], { cwd: project, encoding: 'utf8' }).trim()
}

describe('a program that has the package installed', () => {
  const USE = `
const ctx = SSL_CTX_new(DTLS_method())
const ssl = SSL_new(ctx)
SSL_free(ssl)
SSL_CTX_free(ctx)
console.log(SSL_connect(SSL_new(SSL_CTX_new(DTLS_client_method()))), ERR_reason_error_string(ERR_get_error()))
`
  const NAMES =
    '{ DTLS_client_method, DTLS_method, ERR_get_error, ERR_reason_error_string, SSL_connect, SSL_CTX_free, SSL_CTX_new, SSL_free, SSL_new }'

  test('as an ES module', () => {
    expect(run('use.mjs', `import ${NAMES} from '${manifest.name}'\n${USE}`)).toMatch(/^-1 /)
  })

  test('as a CommonJS module', () => {
    expect(run('use.cjs', `const ${NAMES} = require('${manifest.name}')\n${USE}`)).toMatch(/^-1 /)
  })

  test.each(ENTRIES.map(({ name }) => name))('%s is the same for import and require', name => {
    const program = `
import { createRequire } from 'node:module'
import * as imported from '${name}'
const required = createRequire(import.meta.url)('${name}')
const names = Object.keys(imported)
console.log(names.length > 0 && names.every(name => imported[name] === required[name]))
`
    expect(run('both.mjs', program)).toBe('true')
  })

  test('nothing else can be imported', () => {
    const program = `import('${manifest.name}/dist/lib/index.js').catch(error => console.log(error.code))`
    expect(run('inside.mjs', program)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })
})

/** What the compiler complains about in a strict project that looks into our types too. */
function complaints(files: readonly string[], ...options: readonly string[]): string[] {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const strict = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--pretty',
    'false',
    '--target',
    'es2022',
    '--types',
    'node',
  ]
  const { stdout } = spawnSync(process.execPath, [tsc, ...strict, ...options, ...files], {
    cwd: project,
    encoding: 'utf8',
  })
  return stdout.match(/^.*error TS\d+.*$/gm) ?? []
}

const NODE_NEXT = ['--module', 'nodenext', '--moduleResolution', 'nodenext']
const BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler']
const USES_ALL = ENTRIES.map(
  ({ name }, i) => `import * as entry${i} from '${name}'\nentry${i} satisfies object\n`,
).join('')

test('types resolve for every entry in both kinds of module, and a mistake is found', () => {
  const right = `import { type SSL, SSL_CTX_new, SSL_new, DTLS_method } from '${manifest.name}'
const ssl: SSL = SSL_new(SSL_CTX_new(DTLS_method()))
ssl satisfies object
${USES_ALL}`
  const wrong = `import { SSL_CTX_new } from '${manifest.name}'\nconst wrong: string = SSL_CTX_new(null)\n`
  const files = [write('right.mts', right), write('right.cts', right), write('wrong.mts', wrong)]
  expect(complaints(files, ...NODE_NEXT)).toEqual([expect.stringMatching(/^wrong\.mts\(2,7\): error TS2322/)])
  expect(complaints([write('right.ts', right)], ...BUNDLER)).toEqual([])
})

test('compilers that do not know `exports` find the same types', () => {
  const named = Object.entries(manifest.typesVersions['*']).map(([path, [types]]) => [join(manifest.name, path), types])
  expect([[manifest.name, manifest.types], ...named]).toEqual(ENTRIES.map(({ name, target }) => [name, target.types]))
})

test('the programs of the documents compile as TypeScript', () => {
  const files = ['README.md', 'compat/PORTING.md', 'compat/SCTP.md', 'compat/MTLS.md'].flatMap(document => {
    const blocks = readFileSync(join(ROOT, document), 'utf8').matchAll(/```[jt]s\n([\s\S]*?)```/g)
    return [...blocks].map(([, text = ''], i) => write(`${basename(document, '.md')}-${i}.mts`, complete(text)))
  })
  expect(files.length).toBeGreaterThan(10)
  expect(complaints(files, ...NODE_NEXT, '--noImplicitAny', 'false')).toEqual([])
})

/** Declares what a part of a program has from the parts before it. */
function complete(text: string): string {
  const given = {
    ctx: `import('${manifest.name}').SSL_CTX`,
    ssl: `import('${manifest.name}').SSL`,
    fd: 'number',
    socket: '{ send(data: Uint8Array): void }',
    serve: '(ssl: object, fd: number) => Promise<void>',
  }
  const missing = Object.entries(given).filter(
    ([name]) =>
      new RegExp(`\\b${name}\\b`).test(text) &&
      !new RegExp(`(?:const|let|function|for \\(const) \\[?${name}\\b|import [^;]*?\\b${name}\\b[^;]*?from`).test(text),
  )
  const whole =
    text.includes('ossl.') && !text.includes('as ossl') ? [`import * as ossl from '${manifest.name}/promises'`] : []
  return [...whole, ...missing.map(([name, type]) => `declare const ${name}: ${type}`), text, 'export {}\n'].join('\n')
}

describe('npm pack', () => {
  interface Report {
    readonly files: readonly { readonly path: string }[]
  }

  const packed = (): string[] => {
    const npm = process.env.npm_execpath
    const command = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const [program, args] = npm === undefined ? ['npm', command] : [process.execPath, [npm, ...command]]
    const text = execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 })
    // npm 11 gives a list, later ones an object by name.
    const answer: readonly Report[] | Readonly<Record<string, Report>> = JSON.parse(text)
    return Object.values(answer).flatMap(({ files }) => files.map(({ path }) => path))
  }

  test('takes what programs need, and nothing that only we need', () => {
    const files = packed()
    const needed = ['README.md', 'package.json', 'binding.gyp', 'native/install.mjs', 'native/sctp.cc', 'lib/index.ts']
    expect(files).toEqual(expect.arrayContaining(needed))
    const targets = ENTRIES.flatMap(({ target }) => [target.types, target.default])
    expect(files).toEqual(expect.arrayContaining(targets.map(target => target.replace('./', ''))))
    const expected =
      /^(?:(?:README\.md|LICENSE|package\.json|binding\.gyp|compat\/[\w-]+\.md|native\/[\w./-]+)$|dist\/lib\/.*\.(?:js|js\.map|d\.ts|d\.mts)$|lib\/.*\.(?:ts|mts|mjs)$)/
    expect(files.filter(file => !expected.test(file))).toEqual([])
  })
})
