/**
 * <openssl/x509.h>, <openssl/x509_vfy.h>, <openssl/x509v3.h>, <openssl/pem.h>, <openssl/asn1.h> and
 * <openssl/objects.h>.
 */
export {
  ASN1_INTEGER,
  ASN1_INTEGER_cmp,
  ASN1_INTEGER_dup,
  ASN1_INTEGER_free,
  ASN1_INTEGER_get,
  ASN1_INTEGER_new,
  ASN1_INTEGER_set,
  ASN1_STRING,
  ASN1_STRING_cmp,
  ASN1_STRING_data,
  ASN1_STRING_free,
  ASN1_STRING_get0_data,
  ASN1_STRING_length,
  ASN1_STRING_set,
  ASN1_STRING_to_UTF8,
  ASN1_STRING_type,
  ASN1_TIME,
  ASN1_TIME_check,
  ASN1_TIME_diff,
  ASN1_TIME_free,
  ASN1_TIME_new,
  ASN1_TIME_print,
  ASN1_TIME_set,
} from './asn1.ts'
export * from './build.ts'
export * from './check.ts'
export * from './constants.ts'
export * from './crl.ts'
export {
  d2i_AutoPrivateKey,
  d2i_PrivateKey_fp,
  d2i_PUBKEY,
  d2i_PUBKEY_bio,
  d2i_PUBKEY_fp,
  d2i_X509_fp,
  i2d_PrivateKey,
  i2d_PrivateKey_bio,
  i2d_PrivateKey_fp,
  i2d_PUBKEY,
  i2d_PUBKEY_bio,
  i2d_PUBKEY_fp,
  i2d_X509_bio,
  i2d_X509_fp,
} from './der.ts'
export {
  X509_ALGOR,
  X509_get_default_cert_area,
  X509_get_default_cert_dir,
  X509_get_default_cert_dir_env,
  X509_get_default_cert_file,
  X509_get_default_cert_file_env,
  X509_get_default_private_dir,
  X509_get_pubkey_parameters,
  X509_get_signature_type,
  X509_get_X509_PUBKEY,
  X509_get0_distinguishing_id,
  X509_get0_extensions,
  X509_get0_pubkey_bitstr,
  X509_get0_signature,
  X509_get0_tbs_sigalg,
  X509_get0_uids,
  X509_issuer_and_serial_cmp,
  X509_issuer_and_serial_hash,
  X509_issuer_name_hash,
  X509_issuer_name_hash_old,
  X509_NAME_hash_ex,
  X509_NAME_hash_old,
  X509_PUBKEY,
  X509_PUBKEY_get,
  X509_PUBKEY_get0,
  X509_set0_distinguishing_id,
  X509_subject_name_hash,
  X509_subject_name_hash_old,
} from './details.ts'
export * from './extension.ts'
export * from './general-name.ts'
export * from './lookup.ts'
export {
  X509_NAME,
  X509_NAME_add_entry_by_NID,
  X509_NAME_add_entry_by_txt,
  X509_NAME_cmp,
  X509_NAME_delete_entry,
  X509_NAME_dup,
  X509_NAME_ENTRY,
  X509_NAME_ENTRY_free,
  X509_NAME_ENTRY_get_data,
  X509_NAME_ENTRY_get_object,
  X509_NAME_ENTRY_set,
  X509_NAME_entry_count,
  X509_NAME_free,
  X509_NAME_get_entry,
  X509_NAME_get_index_by_NID,
  X509_NAME_get_index_by_OBJ,
  X509_NAME_get_text_by_NID,
  X509_NAME_get0_der,
  X509_NAME_hash,
  X509_NAME_new,
  X509_NAME_oneline,
  X509_NAME_print,
  X509_NAME_print_ex,
  X509_NAME_print_ex_fp,
} from './name.ts'
export * from './name-entry.ts'
export * from './objects.ts'
export * from './ocsp.ts'
export * from './pem.ts'
export * from './print/index.ts'
export * from './purpose.ts'
export * from './stacks.ts'
export * from './store.ts'
export * from './store-ctx.ts'
export * from './verify-param.ts'
export {
  d2i_X509,
  i2d_X509,
  X509,
  X509_check_private_key,
  X509_cmp,
  X509_digest,
  X509_dup,
  X509_free,
  X509_get_ex_data,
  X509_get_ex_new_index,
  X509_get_issuer_name,
  X509_get_notAfter,
  X509_get_notBefore,
  X509_get_pubkey,
  X509_get_serialNumber,
  X509_get_signature_nid,
  X509_get_subject_name,
  X509_get_version,
  X509_get0_notAfter,
  X509_get0_notBefore,
  X509_get0_pubkey,
  X509_get0_serialNumber,
  X509_getm_notAfter,
  X509_getm_notBefore,
  X509_issuer_name_cmp,
  X509_new,
  X509_new_ex,
  X509_pubkey_digest,
  X509_set_ex_data,
  X509_subject_name_cmp,
  X509_up_ref,
  X509_verify,
} from './x509.ts'
