// Builds the SCTP addon where that can work. The addon is optional: without it everything but kernel SCTP works,
// so a missing compiler or another system is reported and is not an error.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

if (process.platform !== 'linux') {
  console.log(`openssl-shim: kernel SCTP needs Linux, this is ${process.platform}; the addon is not built`)
} else {
  const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const run = spawnSync(process.execPath, [gyp, 'rebuild', '--silent'], { encoding: 'utf8' })
  if (run.status !== 0) {
    const lines = `${run.stdout ?? ''}${run.stderr ?? ''}`.trim().split('\n').slice(-3).join('\n')
    console.log(
      `openssl-shim: the addon was not built, kernel SCTP is absent (a C++17 compiler and make are needed)\n${lines}`,
    )
  }
}
