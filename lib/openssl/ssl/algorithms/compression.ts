import { liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/** A compression method for records: there is none (RFC 3749 is refused), so there are no values of this type. */
export interface COMP_METHOD {
  readonly compression: never
}

/** A method and its number, which do not exist either. */
export interface SSL_COMP {
  readonly compression: never
}

/**
 * null: records are never compressed (SSL_get_current_compression(3)).
 * @harmless records are never compressed, as in a library without compression
 */
export function SSL_get_current_compression(s: SSL): COMP_METHOD | null {
  liveSsl(s)
  return null
}

/** null: records are never compressed. @harmless records are never compressed, as in a library without compression */
export function SSL_get_current_expansion(s: SSL): COMP_METHOD | null {
  liveSsl(s)
  return null
}

/**
 * An empty stack: there are no methods, as in a library without compression (SSL_COMP_add_compression_method(3)).
 * @harmless records are never compressed, as in a library without compression
 */
export function SSL_COMP_get_compression_methods(): SSL_COMP[] {
  return []
}

/**
 * Takes nothing over.
 * @returns `meths`, the methods before
 * @harmless records are never compressed, as in a library without compression
 */
export function SSL_COMP_set0_compression_methods(meths: SSL_COMP[] | null): SSL_COMP[] | null {
  return meths
}

/**
 * Adds nothing.
 * @returns 1, an error, as in a library without compression
 * @harmless records are never compressed, as in a library without compression
 */
export function SSL_COMP_add_compression_method(id: number, cm: COMP_METHOD | null): number {
  void id
  void cm
  return 1
}

/** null: no method has a name. @harmless records are never compressed, as in a library without compression */
export function SSL_COMP_get_name(comp: COMP_METHOD | null): string | null {
  void comp
  return null
}

/** null: no method has a name. @harmless records are never compressed, as in a library without compression */
export function SSL_COMP_get0_name(comp: SSL_COMP | null): string | null {
  void comp
  return null
}

/** -1: no method has a number. @harmless records are never compressed, as in a library without compression */
export function SSL_COMP_get_id(comp: SSL_COMP | null): number {
  void comp
  return -1
}

/** Does nothing. @harmless records are never compressed, as in a library without compression */
export function SSL_COMP_free_compression_methods(): void {}
