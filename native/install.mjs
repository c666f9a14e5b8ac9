// Builds the SCTP addon where that can work. The addon is optional: without it everything but kernel SCTP works,
// so a missing compiler or another system is reported and is not an error.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

if (process.platform !== 'linux') absent(`it needs Linux, this is ${process.platform}`)
else {
  const { status, stdout, stderr, error } = build()
  const detail = error?.message ?? `${stdout}${stderr}`.trim()
  if (status !== 0)
    absent(
      `a C++17 compiler, make and Python are needed; \`npm rebuild openssl-shim\` then builds it.\n${detail}`.trim(),
    )
}

function build() {
  try {
    const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
    return spawnSync(process.execPath, [gyp, 'rebuild', '--silent'], { encoding: 'utf8' })
  } catch (error) {
    return { status: null, stdout: '', stderr: '', error }
  }
}

function absent(reason) {
  console.log(`openssl-shim: kernel SCTP will be absent, the addon is not built.\n${reason}`)
}
