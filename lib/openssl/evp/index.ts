/**
 * <openssl/evp.h> and the slices of <openssl/bn.h>, <openssl/dh.h>, <openssl/ec.h>, <openssl/hmac.h>, <openssl/rand.h>
 * and <openssl/rsa.h>.
 */
export * from './at-once.ts'
export * from './bn.ts'
export * from './cipher.ts'
export {
  DH,
  DH_free,
  DH_get0_pqg,
  DH_new,
  DH_set0_pqg,
  EVP_PKEY_assign_DH,
  EVP_PKEY_get0_DH,
  EVP_PKEY_get1_DH,
  EVP_PKEY_set1_DH,
  PEM_read_bio_DHparams,
  PEM_read_bio_Parameters,
} from './dh.ts'
export * from './keygen.ts'
export * from './mac.ts'
export * from './md.ts'
export {
  EVP_PKEY,
  EVP_PKEY_base_id,
  EVP_PKEY_bits,
  EVP_PKEY_cmp,
  EVP_PKEY_ED448,
  EVP_PKEY_eq,
  EVP_PKEY_free,
  EVP_PKEY_get_base_id,
  EVP_PKEY_get_bits,
  EVP_PKEY_get_group_name,
  EVP_PKEY_get_id,
  EVP_PKEY_get_security_bits,
  EVP_PKEY_get_size,
  EVP_PKEY_get0_type_name,
  EVP_PKEY_id,
  EVP_PKEY_is_a,
  EVP_PKEY_new,
  EVP_PKEY_new_raw_private_key,
  EVP_PKEY_new_raw_private_key_ex,
  EVP_PKEY_new_raw_public_key,
  EVP_PKEY_new_raw_public_key_ex,
  EVP_PKEY_security_bits,
  EVP_PKEY_size,
  EVP_PKEY_up_ref,
  EVP_PKEY_X448,
} from './pkey.ts'
export * from './rand.ts'
