// Lets a child process import the library's TypeScript: `node --import <this file> program.ts`.
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { transform } from '@swc/core'

// The module is loaded twice: to register the hook, and as the hook.
if (isMainThread && process.env.TS_LOADER === undefined) {
  process.env.TS_LOADER = '1'
  register(import.meta.url)
}

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const source = await readFile(fileURLToPath(url), 'utf8')
  const { code } = await transform(source, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } })
  return { format: 'module', source: code, shortCircuit: true }
}
