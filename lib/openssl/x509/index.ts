/**
 * <openssl/x509.h>, <openssl/x509_vfy.h>, <openssl/x509v3.h>, <openssl/pem.h>, <openssl/asn1.h> and
 * <openssl/objects.h>.
 */

export {
  d2i_X509_AUX,
  i2d_X509_AUX,
  X509_add1_reject_object,
  X509_add1_trust_object,
  X509_alias_get0,
  X509_alias_set1,
  X509_get0_reject_objects,
  X509_get0_trust_objects,
  X509_keyid_get0,
  X509_keyid_set1,
  X509_reject_clear,
  X509_trust_clear,
  X509_trusted,
} from './annotations.ts'
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
} from './asn1/asn1.ts'
export * from './asn1/asn1-object.ts'
export * from './asn1/asn1-strings.ts'
export * from './asn1/asn1-time.ts'
export * from './asn1/objects.ts'
export * from './build.ts'
export * from './check.ts'
export * from './constants.ts'
export * from './crl.ts'
export {
  X509_ALGOR,
  X509_ALGOR_get0,
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
  X509_PUBKEY_get0_param,
  X509_set0_distinguishing_id,
  X509_subject_name_hash,
  X509_subject_name_hash_old,
} from './details.ts'
export * from './extensions/extension.ts'
export {
  X509V3_ADD_APPEND,
  X509V3_ADD_DEFAULT,
  X509V3_ADD_DELETE,
  X509V3_ADD_KEEP_EXISTING,
  X509V3_ADD_REPLACE,
  X509V3_ADD_REPLACE_EXISTING,
  X509V3_ADD_SILENT,
  X509V3_EXT_d2i,
  X509V3_EXT_i2d,
} from './extensions/extension-list.ts'
export {
  type AUTHORITY_KEYID,
  type BASIC_CONSTRAINTS,
  GENERAL_NAME,
  type GENERAL_NAMES,
  X509_EXTENSION,
} from './extensions/extension-value.ts'
export {
  d2i_AutoPrivateKey,
  d2i_PrivateKey_ex_bio,
  d2i_PrivateKey_ex_fp,
  d2i_PrivateKey_fp,
  d2i_PUBKEY,
  d2i_PUBKEY_bio,
  d2i_PUBKEY_ex,
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
} from './files/der.ts'
export * from './files/pem.ts'
export * from './files/pem-stream.ts'
export * from './files/pem-write.ts'
export {
  d2i_PKCS8_bio,
  d2i_PKCS8_fp,
  EVP_PKCS82PKEY,
  PKCS8_decrypt,
  PKCS8_PRIV_KEY_INFO,
  PKCS8_PRIV_KEY_INFO_free,
  X509_SIG,
  X509_SIG_free,
} from './files/pkcs8.ts'
export * from './files/pkcs12.ts'
export * from './find.ts'
export * from './flags.ts'
export * from './names/general-name.ts'
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
} from './names/name.ts'
export * from './names/name-entry.ts'
export * from './ocsp/index.ts'
export * from './print/index.ts'
export * from './purpose.ts'
export * from './request.ts'
export * from './signature-info.ts'
export * from './stacks.ts'
export * from './store/lookup.ts'
export * from './store/policy.ts'
export {
  X509_STORE,
  X509_STORE_add_cert,
  X509_STORE_add_crl,
  type X509_STORE_CTX_cert_crl_fn,
  type X509_STORE_CTX_check_crl_fn,
  type X509_STORE_CTX_check_issued_fn,
  type X509_STORE_CTX_check_policy_fn,
  type X509_STORE_CTX_check_revocation_fn,
  type X509_STORE_CTX_cleanup_fn,
  type X509_STORE_CTX_get_crl_fn,
  type X509_STORE_CTX_get_issuer_fn,
  type X509_STORE_CTX_lookup_certs_fn,
  type X509_STORE_CTX_lookup_crls_fn,
  type X509_STORE_CTX_verify_cb,
  type X509_STORE_CTX_verify_fn,
  X509_STORE_free,
  X509_STORE_get_ex_data,
  X509_STORE_get_ex_new_index,
  X509_STORE_get_verify_cb,
  X509_STORE_get0_param,
  X509_STORE_get1_all_certs,
  X509_STORE_load_file,
  X509_STORE_load_locations,
  X509_STORE_load_path,
  X509_STORE_new,
  X509_STORE_set_default_paths,
  X509_STORE_set_depth,
  X509_STORE_set_ex_data,
  X509_STORE_set_flags,
  X509_STORE_set_purpose,
  X509_STORE_set_trust,
  X509_STORE_set_verify_cb,
  X509_STORE_set_verify_cb_func,
  X509_STORE_set1_param,
  X509_STORE_up_ref,
} from './store/store.ts'
export * from './store/store-ctx.ts'
export * from './store/store-ctx-purpose.ts'
export * from './store/store-hooks.ts'
export {
  X509_STORE_CTX_get_by_subject,
  X509_STORE_CTX_get_obj_by_subject,
  X509_STORE_CTX_get0_parent_ctx,
  X509_STORE_CTX_get1_certs,
  X509_STORE_CTX_get1_crls,
  X509_STORE_CTX_get1_issuer,
  X509_STORE_CTX_new_ex,
  X509_STORE_CTX_set0_crls,
  X509_STORE_CTX_set0_verified_chain,
  X509_STORE_get_by_subject,
  X509_STORE_get1_cert,
  X509_STORE_get1_certs,
  X509_STORE_get1_crl,
  X509_STORE_get1_crls,
  X509_STORE_load_file_ex,
  X509_STORE_load_locations_ex,
  X509_STORE_load_store_ex,
  X509_STORE_lock,
  X509_STORE_set_default_paths_ex,
  X509_STORE_unlock,
} from './store/store-search.ts'
export * from './store/verify-param.ts'
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
