// Ported from OpenSSL 3.0's apps/verify.c and the opt_verify of apps/lib/opt.c, Apache-2.0.
import * as ssl from '../../../lib/index.ts'

/** What `openssl verify` has said, a line each, and its exit status. */
export interface Verdict {
  readonly status: number
  readonly lines: readonly string[]
}

/** `openssl verify` with these arguments, on this library; every word after them is a certificate file. */
export function verifyCommand(args: readonly string[]): Verdict {
  return new VerifyCommand().run(args)
}

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['-ignore_critical', ssl.X509_V_FLAG_IGNORE_CRITICAL],
  ['-crl_check', ssl.X509_V_FLAG_CRL_CHECK],
  ['-crl_check_all', ssl.X509_V_FLAG_CRL_CHECK | ssl.X509_V_FLAG_CRL_CHECK_ALL],
  ['-policy_check', ssl.X509_V_FLAG_POLICY_CHECK],
  ['-explicit_policy', ssl.X509_V_FLAG_EXPLICIT_POLICY],
  ['-inhibit_any', ssl.X509_V_FLAG_INHIBIT_ANY],
  ['-inhibit_map', ssl.X509_V_FLAG_INHIBIT_MAP],
  ['-x509_strict', ssl.X509_V_FLAG_X509_STRICT],
  ['-extended_crl', ssl.X509_V_FLAG_EXTENDED_CRL_SUPPORT],
  ['-use_deltas', ssl.X509_V_FLAG_USE_DELTAS],
  ['-policy_print', ssl.X509_V_FLAG_NOTIFY_POLICY],
  ['-check_ss_sig', ssl.X509_V_FLAG_CHECK_SS_SIGNATURE],
  ['-trusted_first', ssl.X509_V_FLAG_TRUSTED_FIRST],
  ['-suiteB_128_only', ssl.X509_V_FLAG_SUITEB_128_LOS_ONLY],
  ['-suiteB_128', ssl.X509_V_FLAG_SUITEB_128_LOS],
  ['-suiteB_192', ssl.X509_V_FLAG_SUITEB_192_LOS],
  ['-partial_chain', ssl.X509_V_FLAG_PARTIAL_CHAIN],
  ['-no_alt_chains', ssl.X509_V_FLAG_NO_ALT_CHAINS],
  ['-no_check_time', ssl.X509_V_FLAG_NO_CHECK_TIME],
  ['-allow_proxy_certs', ssl.X509_V_FLAG_ALLOW_PROXY_CERTS],
])

/** The errors that the command goes on after. */
const FORGIVEN: ReadonlySet<number> = new Set([
  ssl.X509_V_ERR_NO_EXPLICIT_POLICY,
  ssl.X509_V_ERR_CERT_HAS_EXPIRED,
  ssl.X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
  ssl.X509_V_ERR_INVALID_CA,
  ssl.X509_V_ERR_INVALID_NON_CA,
  ssl.X509_V_ERR_PATH_LENGTH_EXCEEDED,
  ssl.X509_V_ERR_CRL_HAS_EXPIRED,
  ssl.X509_V_ERR_CRL_NOT_YET_VALID,
  ssl.X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
  ssl.X509_V_ERR_INVALID_PURPOSE,
  ssl.X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA,
  ssl.X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN,
  ssl.X509_V_ERR_CA_BCONS_NOT_CRITICAL,
  ssl.X509_V_ERR_CA_CERT_MISSING_KEY_USAGE,
  ssl.X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA,
  ssl.X509_V_ERR_ISSUER_NAME_EMPTY,
  ssl.X509_V_ERR_SUBJECT_NAME_EMPTY,
  ssl.X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL,
  ssl.X509_V_ERR_EMPTY_SUBJECT_ALT_NAME,
  ssl.X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY,
  ssl.X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL,
  ssl.X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL,
  ssl.X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER,
  ssl.X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER,
  ssl.X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3,
])

class VerifyCommand {
  readonly #out = memory()
  readonly #store = ssl.X509_STORE_new()
  readonly #vpm = ssl.X509_VERIFY_PARAM_new()
  #untrusted: ssl.X509[] | null = null
  #trusted: ssl.X509[] | null = null
  #crls: ssl.X509_CRL[] | null = null

  run(args: readonly string[]): Verdict {
    const words = [...args]
    let status = 0
    while (words[0]?.startsWith('-') === true) if (!this.#option(words)) return this.#verdict(1)
    ssl.X509_STORE_set_verify_cb(this.#store, (ok, ctx) => this.#callback(ok, ctx))
    ssl.X509_STORE_set1_param(this.#store, this.#vpm)
    for (const file of words) if (!this.#check(file)) status = 2
    return this.#verdict(status)
  }

  #option(words: string[]): boolean {
    const name = words.shift() ?? ''
    const flag = FLAGS.get(name)
    if (flag !== undefined) return ssl.X509_VERIFY_PARAM_set_flags(this.#vpm, flag) === 1
    return this.#setting(name, words.shift() ?? '')
  }

  #setting(name: string, value: string): boolean {
    const vpm = this.#vpm
    switch (name) {
      case '-policy': {
        const policy = ssl.OBJ_txt2obj(value, 0)
        return policy !== null && ssl.X509_VERIFY_PARAM_add0_policy(vpm, policy) === 1
      }
      case '-purpose': {
        const purpose = ssl.X509_PURPOSE_get0(ssl.X509_PURPOSE_get_by_sname(value))
        return purpose !== null && ssl.X509_VERIFY_PARAM_set_purpose(vpm, ssl.X509_PURPOSE_get_id(purpose)) === 1
      }
      case '-verify_name': {
        const other = ssl.X509_VERIFY_PARAM_lookup(value)
        return other !== null && ssl.X509_VERIFY_PARAM_set1(vpm, other) === 1
      }
      case '-verify_depth':
        ssl.X509_VERIFY_PARAM_set_depth(vpm, Number(value))
        return true
      case '-auth_level':
        ssl.X509_VERIFY_PARAM_set_auth_level(vpm, Number(value))
        return true
      case '-attime':
        ssl.X509_VERIFY_PARAM_set_time(vpm, Number(value))
        return true
      case '-verify_hostname':
        return ssl.X509_VERIFY_PARAM_set1_host(vpm, value, 0) === 1
      case '-verify_email':
        return ssl.X509_VERIFY_PARAM_set1_email(vpm, value, 0) === 1
      case '-verify_ip':
        return ssl.X509_VERIFY_PARAM_set1_ip_asc(vpm, value) === 1
      default:
        return this.#file(name, value)
    }
  }

  #file(name: string, value: string): boolean {
    switch (name) {
      case '-CAfile':
        return ssl.X509_STORE_load_file(this.#store, value) === 1
      case '-CApath':
        return ssl.X509_STORE_load_path(this.#store, value) === 1
      case '-CAstore':
        return ssl.X509_STORE_load_store(this.#store, value) === 1
      case '-trusted':
        this.#trusted = [...(this.#trusted ?? []), ...certificatesOf(value)]
        return true
      case '-untrusted':
        this.#untrusted = [...(this.#untrusted ?? []), ...certificatesOf(value)]
        return true
      case '-CRLfile':
        this.#crls = [...(this.#crls ?? []), ...contentsOf(value).flatMap(({ crl }) => crl ?? [])]
        return true
      default:
        throw new Error(`no such option: ${name}`)
    }
  }

  #check(file: string): boolean {
    const [x = null] = certificatesOf(file)
    const ctx = ssl.X509_STORE_CTX_new()
    ssl.X509_STORE_CTX_init(ctx, this.#store, x, this.#untrusted)
    if (this.#trusted !== null) ssl.X509_STORE_CTX_set0_trusted_stack(ctx, this.#trusted)
    if (this.#crls !== null) ssl.X509_STORE_CTX_set0_crls(ctx, this.#crls)
    const good = ssl.X509_verify_cert(ctx) > 0 && ssl.X509_STORE_CTX_get_error(ctx) === ssl.X509_V_OK
    ssl.BIO_puts(this.#out, good ? `${file}: OK\n` : `error ${file}: verification failed\n`)
    ssl.X509_STORE_CTX_free(ctx)
    ssl.ERR_clear_error()
    return good
  }

  #callback(ok: number, ctx: ssl.X509_STORE_CTX): number {
    const error = ssl.X509_STORE_CTX_get_error(ctx)
    if (ok !== 0) {
      if (error === ssl.X509_V_OK && ok === 2) this.#printPolicies(ctx)
      return ok
    }
    const current = ssl.X509_STORE_CTX_get_current_cert(ctx)
    if (current !== null) {
      ssl.X509_NAME_print_ex(this.#out, ssl.X509_get_subject_name(current), 0, ssl.XN_FLAG_ONELINE)
      ssl.BIO_puts(this.#out, '\n')
    }
    const path = ssl.X509_STORE_CTX_get0_parent_ctx(ctx) === null ? '' : '[CRL path] '
    const depth = ssl.X509_STORE_CTX_get_error_depth(ctx)
    const text = ssl.X509_verify_cert_error_string(error)
    ssl.BIO_puts(this.#out, `${path}error ${error} at ${depth} depth lookup: ${text}\n`)
    if (error === ssl.X509_V_ERR_NO_EXPLICIT_POLICY) this.#printPolicies(ctx)
    return Number(FORGIVEN.has(error))
  }

  #printPolicies(ctx: ssl.X509_STORE_CTX): void {
    const tree = ssl.X509_STORE_CTX_get0_policy_tree(ctx)
    const explicit = ssl.X509_STORE_CTX_get_explicit_policy(ctx) === 1 ? 'True' : 'False'
    ssl.BIO_puts(this.#out, `Require explicit Policy: ${explicit}\n`)
    this.#printNodes('Authority', ssl.X509_policy_tree_get0_policies(tree))
    this.#printNodes('User', ssl.X509_policy_tree_get0_user_policies(tree))
  }

  #printNodes(name: string, nodes: readonly ssl.X509_POLICY_NODE[] | null): void {
    ssl.BIO_puts(this.#out, `${name} Policies:${nodes === null ? ' <empty>' : ''}\n`)
    for (const node of nodes ?? []) ssl.X509_POLICY_NODE_print(this.#out, node, 2)
  }

  #verdict(status: number): Verdict {
    const bytes = Buffer.alloc(1 << 16)
    const count = Math.max(0, ssl.BIO_read(this.#out, bytes))
    const text = bytes.toString('utf8', 0, count)
    return { status, lines: text === '' ? [] : text.trimEnd().split('\n') }
  }
}

function memory(): ssl.BIO {
  const bio = ssl.BIO_new(ssl.BIO_s_mem())
  if (bio === null) throw new Error('no memory BIO')
  return bio
}

function certificatesOf(file: string): ssl.X509[] {
  return contentsOf(file).flatMap(({ x509 }) => x509 ?? [])
}

function contentsOf(file: string): ssl.X509_INFO[] {
  const bio = ssl.BIO_new_file(file, 'r')
  const found = bio === null ? null : ssl.PEM_X509_INFO_read_bio(bio)
  if (found === null) throw new Error(`cannot read ${file}`)
  return found
}
