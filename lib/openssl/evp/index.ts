/**
 * <openssl/evp.h> and the slices of <openssl/bn.h>, <openssl/dh.h>, <openssl/ec.h>, <openssl/hmac.h>, <openssl/rand.h>
 * and <openssl/rsa.h>.
 */
export * from './at-once.ts'
export * from './bn.ts'
export * from './cipher.ts'
export * from './cipher-table.ts'
export {
  DH,
  DH_free,
  DH_get0_key,
  DH_get0_pqg,
  DH_new,
  DH_set0_pqg,
  EVP_PKEY_assign_DH,
  EVP_PKEY_get0_DH,
  EVP_PKEY_get1_DH,
  EVP_PKEY_set1_DH,
  PEM_read_bio_DHparams,
  PEM_read_bio_Parameters,
  PEM_write_bio_DHparams,
  PEM_write_bio_Parameters,
} from './dh.ts'
export {
  EVP_DigestSign,
  EVP_DigestSignFinal,
  EVP_DigestSignInit,
  EVP_DigestSignUpdate,
  EVP_DigestVerify,
  EVP_DigestVerifyFinal,
  EVP_DigestVerifyInit,
  EVP_DigestVerifyUpdate,
} from './digest-sign.ts'
export * from './ec-group.ts'
export * from './former-keys.ts'
export * from './key-parts.ts'
export {
  EC_curve_nid2nist,
  EC_curve_nist2nid,
  EC_KEY,
  EC_KEY_free,
  EC_KEY_generate_key,
  EC_KEY_new_by_curve_name,
  EC_KEY_set_asn1_flag,
  EVP_EC_gen,
  EVP_PKEY_assign_EC_KEY,
  EVP_PKEY_assign_RSA,
  EVP_PKEY_Q_keygen,
  EVP_PKEY_set1_EC_KEY,
  EVP_PKEY_set1_RSA,
  EVP_RSA_gen,
  RSA,
  RSA_free,
  RSA_generate_key_ex,
  RSA_new,
} from './keygen.ts'
export * from './mac.ts'
export * from './md.ts'
export {
  OSSL_PARAM_BLD,
  OSSL_PARAM_BLD_free,
  OSSL_PARAM_BLD_new,
  OSSL_PARAM_BLD_push_BN,
  OSSL_PARAM_BLD_push_octet_string,
  OSSL_PARAM_BLD_push_utf8_string,
  OSSL_PARAM_BLD_to_param,
  OSSL_PARAM_construct_BN,
  OSSL_PARAM_free,
} from './params.ts'
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
  EVP_PKEY_new_mac_key,
  EVP_PKEY_new_raw_private_key,
  EVP_PKEY_new_raw_private_key_ex,
  EVP_PKEY_new_raw_public_key,
  EVP_PKEY_new_raw_public_key_ex,
  EVP_PKEY_security_bits,
  EVP_PKEY_size,
  EVP_PKEY_up_ref,
  EVP_PKEY_X448,
} from './pkey.ts'
export * from './pkey-ctx.ts'
export * from './rand.ts'
