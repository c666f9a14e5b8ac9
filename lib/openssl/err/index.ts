/** <openssl/err.h> without its constants. */
export {
  ERR_COMMON_ERROR,
  ERR_FATAL_ERROR,
  ERR_GET_FUNC,
  ERR_GET_LIB,
  ERR_GET_REASON,
  ERR_GET_RFLAGS,
  ERR_PACK,
  ERR_SYSTEM_ERROR,
} from './codes.ts'
export * from './get.ts'
export * from './macros.ts'
export * from './print.ts'
export * from './put.ts'
export {
  ERR_error_string,
  ERR_error_string_n,
  ERR_func_error_string,
  ERR_lib_error_string,
  ERR_load_strings,
  ERR_load_strings_const,
  ERR_reason_error_string,
  type ERR_STRING_DATA,
  ERR_unload_strings,
} from './strings.ts'
