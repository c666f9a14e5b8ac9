import { ERR_error_string, ERR_get_error, ERR_reason_error_string } from 'openssl-shim'

/**
 * Takes the error queue: a line for each error, OpenSSL's text and the names that BoringSSL, and so the runner, has for what
 * OpenSSL says there. The runner's own map knows one name for each of BoringSSL's; it often takes several.
 */
export function takeErrors(): string {
  let text = ''
  for (let error = ERR_get_error(); error !== 0; error = ERR_get_error()) {
    const reason = ERR_reason_error_string(error) ?? ''
    const names = [reason.toUpperCase().replaceAll(/[ /]/g, '_'), ...(ALSO[reason] ?? [])]
    text += `${ERR_error_string(error)} = ${names.map(name => `:${name}:`).join(' ')}\n`
  }
  return text
}

/** What OpenSSL's reasons are called in BoringSSL, where that is not the same in capital letters. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
}
